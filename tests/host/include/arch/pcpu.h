/* SPDX-License-Identifier: MIT */
/* Stands before the arch's own: on the host there is one CPU, and it is in a variable. */
#ifndef ARCH_PCPU_H
#define ARCH_PCPU_H

struct pcpu;
extern struct pcpu *host_pcpu;

static inline struct pcpu *arch_this_pcpu(void)
{
	return host_pcpu;
}

static inline void arch_set_this_pcpu(struct pcpu *pcpu)
{
	host_pcpu = pcpu;
}

#endif
