/* SPDX-License-Identifier: MIT */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include <arch/sysreg.h>
#include <hv/exit.h>
#include <hv/types.h>

/*
 * The system registers that a guest at EL1 and EL0 uses as its own, each with the bits that must
 * come back as they were written. EL2 has registers of its own for what it needs, so all of these
 * can stay in the CPU while the hypervisor runs.
 */
#define EL1_REGISTERS(REG)                                                                     \
	REG(sctlr_el1, SCTLR_C | SCTLR_SA | SCTLR_I)                                           \
	REG(cpacr_el1, 3ul << 20)                                                              \
	REG(ttbr0_el1, 0xfffffffffffeul)                                                       \
	REG(ttbr1_el1, 0xfffffffffffeul)                                                       \
	REG(tcr_el1, 0x3f003ful)                                                               \
	REG(mair_el1, ~0ul)                                                                    \
	REG(amair_el1, 0)                                                                      \
	REG(vbar_el1, ~0x7fful)                                                                \
	REG(contextidr_el1, 0xfffffffful)                                                      \
	REG(tpidr_el0, ~0ul)                                                                   \
	REG(tpidrro_el0, ~0ul)                                                                 \
	REG(tpidr_el1, ~0ul)                                                                   \
	REG(sp_el0, ~0ul)                                                                      \
	REG(sp_el1, ~0ul)                                                                      \
	REG(elr_el1, ~3ul)                                                                     \
	REG(spsr_el1, SPSR_NZCV | SPSR_DAIF)                                                   \
	REG(esr_el1, 0xfffffffful)                                                             \
	REG(far_el1, ~0ul)                                                                     \
	REG(afsr0_el1, 0)                                                                      \
	REG(afsr1_el1, 0)                                                                      \
	REG(par_el1, BIT(0))                                                                   \
	REG(mdscr_el1, 0xa000)                                                                 \
	REG(csselr_el1, BIT(0))                                                                \
	REG(cntkctl_el1, 3)                                                                    \
	/* What it reads as MIDR_EL1 and MPIDR_EL1; how CNTVCT differs from CNTPCT. */         \
	REG(vpidr_el2, 0xfffffffful)                                                           \
	REG(vmpidr_el2, 0xff00fffffful)                                                        \
	REG(cntvoff_el2, ~0ul)                                                                 \
	/* The timers: each compare value before its control. */                               \
	REG(cntv_cval_el0, ~0ul)                                                               \
	REG(cntv_ctl_el0, CNT_CTL_ENABLE | CNT_CTL_IMASK)                                      \
	REG(cntp_cval_el0, ~0ul)                                                               \
	REG(cntp_ctl_el0, CNT_CTL_ENABLE | CNT_CTL_IMASK)

struct arch_vcpu {
	/* Exchanged at each entry and exit. */
	u64 gpr[31];
	u64 elr;  /* the guest's pc */
	u64 spsr; /* its PSTATE: level, interrupt masks, condition flags */

	/* In the CPU while the vCPU is loaded. */
	struct el1_regs {
#define FIELD(reg, kept) u64 reg;
		EL1_REGISTERS(FIELD)
#undef FIELD
	} el1;
	u64 fpr[2 * 32 + 2]; /* q0 to q31, FPSR, FPCR */
};

struct vcpu;

/* switch.S */
void fp_save(u64 *fpr);
void fp_restore(const u64 *fpr);

/*
 * Enters the guest (switch.S) and comes back at its next exit. The guest's registers take the place
 * of all of ours. Saying so to the compiler, instead of saving x19 to x29 as a called function
 * would, makes it save only what the caller still needs: outside the loop that calls vcpu_run(),
 * not at each exit. Returns 0; AArch64 has no entry that fails.
 */
static inline int arch_vcpu_enter(struct vcpu *vcpu)
{
	register struct vcpu *x0 __asm__("x0") = vcpu;

	__asm__ volatile("bl guest_enter"
			 : "+r"(x0)
			 :
			 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
			   "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "cc", "memory");
	return 0;
}

/* exits.c: all causes but the commonest. */
void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit);

static inline void arch_exit_decode(struct vcpu *vcpu, struct vm_exit *exit)
{
	exit->code = sysreg_read(esr_el2);
	if (exit->code == ESR_HVC0)
		exit->reason = REASON_HYPERCALL;
	else
		arch_exit_decode_rest(vcpu, exit);
}

#endif
