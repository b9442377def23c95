/* SPDX-License-Identifier: MIT */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <hv/types.h>

/* What detect.c found. The boot CPU's answer is taken for all. */
struct cpu_features {
	u32 nr_asids; /* tags of a guest's translations: ASIDs, or VPIDs */
	bool nrips;   /* SVM: an exit tells where the next instruction is */
};

extern struct cpu_features cpu_features;

#endif
