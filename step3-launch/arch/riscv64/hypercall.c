// SPDX-License-Identifier: MIT
/*
 * SBI calls (SBI 2.0, 3): a7 is the extension, a6 the function, a0 to a5 the arguments. Error and
 * value go back in a0 and a1; every other register is the guest's.
 */
#include <arch/sbi.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/hypercall.h>
#include <hv/vcpu.h>

enum exit_result arch_hypercall(struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 *gpr = vcpu->arch.gpr;

	(void)exit;
	/* sepc is the ecall's own address (priv 10.1.7); it has no compressed form. */
	vcpu->arch.sepc += 4;
	if (gpr[REG_A7] == SBI_EXT_LADDER) {
		struct ladder_answer answer = ladder_call(vcpu, gpr[REG_A6], gpr[REG_A0]);

		gpr[REG_A0] = answer.error;
		gpr[REG_A1] = answer.value;
		return EXIT_HANDLED;
	}
	gpr[REG_A0] = SBI_ERR_NOT_SUPPORTED;
	return EXIT_HANDLED;
}
