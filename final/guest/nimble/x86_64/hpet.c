// SPDX-License-Identifier: MIT
/* The high-precision event timers (IA-PC HPET 1.0a, 2.3), of which only the counter is used. */
#include "platform.h"

#define CAPABILITIES  0x000
#define CONFIGURATION 0x010
#define COUNTER	      0x0f0
#define TIMER(n)      (0x100 + 0x20 * (n)) /* configuration of each */

#define HAS_64_BITS	    (1ul << 13)
#define HAS_LEGACY_ROUTE    (1ul << 15)
#define ENABLE_LEGACY_ROUTE 3
#define FEMTOSECONDS	    1000000000000000ul

static u64 ticks_per_10ms;

static volatile u64 *reg(u32 offset)
{
	return (volatile u64 *)(HPET + offset);
}

void hpet_init(void)
{
	u64 capabilities = *reg(CAPABILITIES), period = capabilities >> 32;
	u32 timers = (capabilities >> 8 & 31) + 1;

	if (!(capabilities & HAS_64_BITS) || !(capabilities & HAS_LEGACY_ROUTE) || !period)
		panic("HPET: capabilities %lx", capabilities);
	ticks_per_10ms = FEMTOSECONDS / 100 / period;
	*reg(CONFIGURATION) = 0;
	*reg(CONFIGURATION) = ENABLE_LEGACY_ROUTE;
	/* No interrupt from any: bit 2. This is the form that compilers find for it. */
	for (u32 i = 0; i < timers; i++)
		__asm__ volatile("andq $-5, %0" : "+m"(*reg(TIMER(i))));
}

void hpet_wait_10ms(void)
{
	u64 start = *reg(COUNTER);

	while (*reg(COUNTER) - start < ticks_per_10ms)
		;
}
