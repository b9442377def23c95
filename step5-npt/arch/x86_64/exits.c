// SPDX-License-Identifier: MIT
/* From the vendor's exit to a reason that core/ understands. */
#include <arch/virt.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/vcpu.h>

void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit)
{
	(void)vcpu;
	exit->reason = REASON_UNKNOWN;
}

const char *arch_exit_name(const struct vm_exit *exit)
{
	return virt->exit_name(exit->code);
}
