// SPDX-License-Identifier: MIT
/*
 * Has the same addresses as the tenant. It overwrites all of its memory, where the tenant's lies
 * too, touches a page that it has not been given yet, and at last reaches for what it can only
 * guess at.
 */
#include <guest.h>

#define WORDS 4096

static u64 memory[WORDS];

int guest_main(void)
{
	volatile u64 *untouched = (volatile u64 *)((u64)memory / (8 << 20) * (8 << 20) + (6 << 20));
	volatile u64 *outside = (volatile u64 *)((u64)memory / (8 << 20) * (8 << 20) - (8 << 20));

	print("  intruder: memory at %lx\n", (u64)memory);
	for (u64 i = 0; i < WORDS; i++) {
		memory[i] = ~0ul;
		if (i % 256 == 0)
			ladder_ping(i);
	}
	check(*untouched == 0);
	*untouched = 1;
	print("  intruder: now writes to %lx, which was never its own\n", (u64)outside);
	*outside = 0xbad;
	return 0; /* not reached: as a caught guest, ending is its failure */
}
