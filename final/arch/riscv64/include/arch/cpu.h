/* SPDX-License-Identifier: MIT */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <hv/types.h>

/* What detect.c found. The boot hart's answer is taken for all. */
struct cpu_features {
	bool sv39x4, sv48x4, sv57x4; /* second-stage modes that hgatp.MODE accepts */
	u32 vmid_bits;               /* implemented bits of hgatp.VMID */
	u64 henvcfg;                 /* the bits of henvcfg that can be set */
	bool sstc;                   /* stimecmp and vstimecmp: timers without a firmware call */
	bool aia;                    /* advanced interrupt architecture: siselect and its kin */
};

extern struct cpu_features cpu_features;

#endif
