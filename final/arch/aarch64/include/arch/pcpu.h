/* SPDX-License-Identifier: MIT */
/*
 * TPIDR_EL2 is a register for software's own use, which a guest can't reach: at
 * EL2 it always points to this CPU's struct pcpu.
 */
#ifndef ARCH_PCPU_H
#define ARCH_PCPU_H

struct pcpu;

static inline struct pcpu *arch_this_pcpu(void)
{
	struct pcpu *pcpu;

	__asm__("mrs %0, TPIDR_EL2" : "=r"(pcpu));
	return pcpu;
}

static inline void arch_set_this_pcpu(struct pcpu *pcpu)
{
	__asm__ volatile("msr TPIDR_EL2, %0" ::"r"(pcpu));
}

#endif
