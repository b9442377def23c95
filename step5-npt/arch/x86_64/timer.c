// SPDX-License-Identifier: MIT
#include <arch/x86.h>
#include <hv/arch.h>

/*
 * The time-stamp counter (SDM 18.17): under QEMU with -icount shift=0 and under Bochs it counts
 * instructions.
 */
u64 arch_instructions(void)
{
	u32 low, high;

	__asm__ volatile("lfence\n	rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (u64)high << 32 | low;
}
