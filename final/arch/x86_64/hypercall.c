// SPDX-License-Identifier: MIT
/*
 * Calls of our own: eax = LADDER and the function, rdi = argument. Error and answer go back in rax
 * and rdx; every other register is the guest's.
 */
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/hypercall.h>
#include <hv/vcpu.h>

#define LADDER 0x4c414400

/* Apart from arch_hypercall(), so that the way of a ping has no register to save. */
static __attribute__((noinline)) enum exit_result other_call(struct vcpu *vcpu)
{
	u64 *gpr = vcpu->arch.gpr;
	struct ladder_answer answer = { -1, 0 };

	if ((gpr[RAX] & ~0xfful) == LADDER)
		answer = ladder_call(vcpu, gpr[RAX] & 0xff, gpr[RDI]);
	gpr[RAX] = answer.error;
	gpr[RDX] = answer.value;
	return EXIT_HANDLED;
}

enum exit_result arch_hypercall(struct vcpu *vcpu, const struct vm_exit *exit)
{
	u64 *gpr = vcpu->arch.gpr;

	(void)exit;
	vcpu->arch.rip += 3; /* VMCALL and VMMCALL have three bytes (SDM volume 2; APM volume 3) */
	if (gpr[RAX] == LADDER + LADDER_PING) {
		gpr[RDX] = ladder_ping(gpr[RDI]);
		gpr[RAX] = 0;
		return EXIT_HANDLED;
	}
	return other_call(vcpu);
}
