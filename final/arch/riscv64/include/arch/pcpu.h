/* SPDX-License-Identifier: MIT */
/*
 * tp belongs to no function (RISC-V psABI, "Integer Register Convention"), so in HS-mode it always
 * points to this hart's struct pcpu. Its guest value is saved and restored like any other register.
 */
#ifndef ARCH_PCPU_H
#define ARCH_PCPU_H

struct pcpu;

static inline struct pcpu *arch_this_pcpu(void)
{
	struct pcpu *pcpu;

	__asm__("mv %0, tp" : "=r"(pcpu));
	return pcpu;
}

static inline void arch_set_this_pcpu(struct pcpu *pcpu)
{
	__asm__ volatile("mv tp, %0" ::"r"(pcpu));
}

#endif
