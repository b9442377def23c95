/* SPDX-License-Identifier: MIT */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include <arch/csr.h>
#include <hv/exit.h>
#include <hv/types.h>

enum gpr { REG_RA = 1, REG_SP = 2, REG_A0 = 10, REG_A1, REG_A2, REG_A3, REG_A6 = 16, REG_A7 };

struct arch_vcpu {
	/* Exchanged at each entry and exit. */
	u64 gpr[32];
	u64 sepc;    /* the guest's pc */
	u64 sstatus; /* SPP: the guest was, or will be, in VS-mode (1) or VU-mode (0) */
	u64 host_ra, host_sp, host_tp; /* the hypervisor's own, for the way back */

	/* In the hart while the vCPU is loaded: VS-mode's own copies of the supervisor CSRs. */
	u64 hstatus; /* SPV = 1: sret goes to a guest */
	struct vs_regs {
		u64 vsstatus;
		u64 vsie;
		u64 vstvec;
		u64 vsscratch;
		u64 vsepc;
		u64 vscause;
		u64 vstval;
		u64 vsatp;
		u64 scounteren; /* these two have no VS copy: a guest uses the real one */
		u64 senvcfg;
		u64 hvip;      /* interrupts that we inject: VSSIP, VSTIP, VSEIP */
		u64 vstimecmp; /* with Sstc only */
	} vs;
};

struct vcpu;

/*
 * Enters the guest (switch.S) and comes back at its next exit. The guest's registers take the place
 * of all of ours. Saying so to the compiler, instead of saving s0 to s11 as a called function
 * would, makes it save only what the caller still needs: outside the loop that calls vcpu_run(),
 * not at each exit. Returns 0; RISC-V has no entry that fails.
 */
static inline int arch_vcpu_enter(struct vcpu *vcpu)
{
	register struct vcpu *a0 __asm__("a0") = vcpu;

	__asm__ volatile("call guest_enter"
			 : "+r"(a0)
			 :
			 : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a1", "a2", "a3", "a4",
			   "a5", "a6", "a7", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
			   "s9", "s10", "s11", "memory");
	return 0;
}

/* exits.c: all causes but the commonest. */
void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit);

static inline void arch_exit_decode(struct vcpu *vcpu, struct vm_exit *exit)
{
	exit->code = csr_read(scause);
	if (exit->code == CAUSE_ECALL_VS)
		exit->reason = REASON_HYPERCALL;
	else
		arch_exit_decode_rest(vcpu, exit);
}

#endif
