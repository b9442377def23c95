/* SPDX-License-Identifier: MIT */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <arch/sysreg.h>

/*
 * Switches EL2's stage 1 and the caches on: devices below 1 GiB, the board's first GiB of RAM.
 * Called by boot.S, before anything else.
 */
void mmu_enable(void);

/* The smallest line of the data caches, in bytes: CTR_EL0.DminLine, which counts words. */
static inline u64 cache_line(void)
{
	return 4ul << (sysreg_read(CTR_EL0) >> 16 & 0xf);
}

#endif
