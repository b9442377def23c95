/* SPDX-License-Identifier: MIT */
/*
 * The base of GS is for software's own use, and a guest has one of its own (VMX and SVM switch it):
 * in the hypervisor it leads to where this CPU's struct pcpu is.
 */
#ifndef ARCH_PCPU_H
#define ARCH_PCPU_H

#include <arch/x86.h>

struct pcpu;

extern struct pcpu *arch_pcpus[8];

static inline struct pcpu *arch_this_pcpu(void)
{
	struct pcpu *pcpu;

	__asm__("mov %%gs:0, %0" : "=r"(pcpu));
	return pcpu;
}

static inline void arch_set_this_pcpu(struct pcpu *pcpu)
{
	struct pcpu **slot = arch_pcpus;

	while (*slot)
		slot++;
	*slot = pcpu;
	msr_write(MSR_GS_BASE, (u64)slot);
}

#endif
