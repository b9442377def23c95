// SPDX-License-Identifier: MIT
/* The calls of SBI 0.1 (SBI 2.0, 5), which small kernels still make. They change a0 only. */
#include <arch/sbi.h>
#include <hv/vm.h>

enum { SET_TIMER = 0, CONSOLE_PUTCHAR = 1, CONSOLE_GETCHAR = 2, SHUTDOWN = 8 };

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	struct sbi_ret ret = { SBI_SUCCESS, 0 };

	switch (function) {
	case SET_TIMER:
		vcpu_set_timer(vcpu, args[0]);
		break;
	case CONSOLE_PUTCHAR:
		vm_putc(vcpu->vm, args[0]);
		break;
	case CONSOLE_GETCHAR:
		ret.error = vm_getc(vcpu->vm); /* the character, or -1: none waits */
		break;
	case SHUTDOWN:
		vm_end(vcpu->vm, 0);
		break;
	default:
		ret.error = SBI_ERR_NOT_SUPPORTED;
	}
	return ret;
}

const struct sbi_extension sbi_legacy = { 0, SBI_EXT_LEGACY_LAST, call };
