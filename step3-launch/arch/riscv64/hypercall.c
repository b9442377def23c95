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

/* Apart from arch_hypercall(), so that the way of a ping has no register to save. */
static __attribute__((noinline)) enum exit_result sbi_call(struct vcpu *vcpu)
{
	u64 *gpr = vcpu->arch.gpr;
	struct ladder_answer answer = { SBI_ERR_NOT_SUPPORTED, 0 };

	if (gpr[REG_A7] == SBI_EXT_LADDER)
		answer = ladder_call(vcpu, gpr[REG_A6], gpr[REG_A0]);
	gpr[REG_A0] = answer.error;
	gpr[REG_A1] = answer.value;
	return EXIT_HANDLED;
}

enum exit_result arch_hypercall(struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 *gpr = vcpu->arch.gpr;

	(void)exit;
	/* sepc is the ecall's own address (priv 10.1.7); it has no compressed form. */
	vcpu->arch.sepc += 4;
	if (gpr[REG_A7] == SBI_EXT_LADDER && gpr[REG_A6] == LADDER_PING) {
		gpr[REG_A1] = ladder_ping(gpr[REG_A0]);
		gpr[REG_A0] = SBI_SUCCESS;
		return EXIT_HANDLED;
	}
	return sbi_call(vcpu);
}
