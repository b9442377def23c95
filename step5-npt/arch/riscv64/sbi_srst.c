// SPDX-License-Identifier: MIT
/* System reset (SBI 2.0, 10): to a guest, the end of its machine. */
#include <arch/sbi.h>
#include <hv/printf.h>
#include <hv/vm.h>

enum { SHUTDOWN, COLD_REBOOT, WARM_REBOOT };
enum { NO_REASON, SYSTEM_FAILURE };

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	u64 type = args[0], reason = args[1];

	if (function != 0)
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	if (type > WARM_REBOOT || reason > SYSTEM_FAILURE)
		return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
	/* Also how a kernel ends that has panicked, so it is not a good end. */
	if (type != SHUTDOWN)
		printf("ladder: vm %s: asks for a reboot, which ends it here\n", vcpu->vm->name);
	vm_end(vcpu->vm, type != SHUTDOWN || reason == SYSTEM_FAILURE);
	return (struct sbi_ret){ SBI_SUCCESS, 0 };
}

const struct sbi_extension sbi_srst = { SBI_EXT_SRST, SBI_EXT_SRST, call };
