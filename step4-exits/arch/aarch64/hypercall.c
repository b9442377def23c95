// SPDX-License-Identifier: MIT
/*
 * Calls by the SMC calling convention (DEN0028): x0 is the function id, x1 on are the arguments.
 * The answer goes back from x0 on; every other register is the guest's.
 */
#include <arch/psci.h>
#include <arch/smccc.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/hypercall.h>
#include <hv/vcpu.h>

/* Apart from arch_hypercall(), so that the way of a ping has no register to save. */
static __attribute__((noinline)) enum exit_result smccc_call(struct vcpu *vcpu)
{
	u64 *gpr = vcpu->arch.gpr;
	/* A 32-bit function id: whatever the upper half holds does not count (DEN0028, 3.1). */
	u64 function = (u32)gpr[0];

	if (function >= SMCCC_LADDER && function <= SMCCC_LADDER_LAST) {
		struct ladder_answer answer =
			ladder_call(vcpu, function - SMCCC_LADDER, gpr[1]);

		gpr[0] = answer.error;
		gpr[1] = answer.value;
	} else if ((function & ~PSCI_64) >= PSCI_FIRST && (function & ~PSCI_64) <= PSCI_LAST) {
		gpr[0] = psci_call(vcpu, function, &gpr[1]);
	} else {
		gpr[0] = function == SMCCC_VERSION ? SMCCC_1_1 : SMCCC_NOT_SUPPORTED;
	}
	return EXIT_HANDLED;
}

enum exit_result arch_hypercall(struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 *gpr = vcpu->arch.gpr;

	/* ELR_EL2 is already behind the hvc (Arm ARM, "Preferred exception return address"). */
	(void)exit;
	if (gpr[0] == SMCCC_LADDER + LADDER_PING) {
		gpr[1] = ladder_ping(gpr[1]);
		gpr[0] = SMCCC_SUCCESS;
		return EXIT_HANDLED;
	}
	return smccc_call(vcpu);
}
