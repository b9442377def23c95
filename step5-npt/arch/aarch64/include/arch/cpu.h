/* SPDX-License-Identifier: MIT */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <hv/types.h>

/* What detect.c found. The boot CPU's answer is taken for all. */
struct cpu_features {
	u32 pa_range;  /* ID_AA64MMFR0_EL1.PARange, as TCR_EL2.PS and VTCR_EL2.PS want it */
	u32 pa_bits;   /* the same as a number of bits */
	u32 vmid_bits; /* 8 or 16 */
};

extern struct cpu_features cpu_features;

#endif
