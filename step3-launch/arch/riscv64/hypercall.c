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

static struct sbi_ret sbi_ladder(struct vcpu *vcpu)
{
	const u64 *gpr = vcpu->arch.gpr;
	struct sbi_ret ret = { SBI_SUCCESS, 0 };

	if (!ladder_call(vcpu, gpr[REG_A6], gpr[REG_A0], &ret.value))
		ret.error = SBI_ERR_NOT_SUPPORTED;
	return ret;
}

enum exit_result arch_hypercall(struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 *gpr = vcpu->arch.gpr;
	struct sbi_ret ret = { SBI_ERR_NOT_SUPPORTED, 0 };

	(void)exit;
	if (gpr[REG_A7] == SBI_EXT_LADDER)
		ret = sbi_ladder(vcpu);
	gpr[REG_A0] = ret.error;
	gpr[REG_A1] = ret.value;
	/* sepc is the ecall's own address (priv 10.1.7); it has no compressed form. */
	vcpu->arch.sepc += 4;
	return EXIT_HANDLED;
}
