// SPDX-License-Identifier: MIT
/* Writes to pages that it has, and to pages that it gets at the first touch, and reads them back. */
#include "grade.h"

#define RAM   (8ul << 20)
#define PAGES 40

static u64 at[PAGES];

void scenario(u64 what)
{
	u64 base = (u64)at & ~(RAM - 1), sum = 0;

	(void)what;
	for (u32 i = 0; i < PAGES; i++) {
		volatile u64 *word;

		at[i] = base + (1ul << 20) + next() % (RAM - (1ul << 20)) / 8 * 8;
		word = (volatile u64 *)at[i];
		sum += *word;
		*word = at[i] ^ ~sum;
		if (i % 8 == 0)
			ladder_show(ladder_ping(sum));
	}
	for (u32 i = 0; i < PAGES; i++)
		sum = sum * 31 + *(volatile u64 *)at[i];
	ladder_show(sum);
}
