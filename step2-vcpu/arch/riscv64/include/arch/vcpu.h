/* SPDX-License-Identifier: MIT */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include <hv/types.h>

enum gpr { REG_RA = 1, REG_SP = 2, REG_A0 = 10, REG_A1, REG_A2, REG_A3, REG_A6 = 16, REG_A7 };

struct arch_vcpu {
	/* Exchanged at each entry and exit. */
	u64 gpr[32];
	u64 sepc;    /* the guest's pc */
	u64 sstatus; /* SPP: the guest was, or will be, in VS-mode (1) or VU-mode (0) */

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

#endif
