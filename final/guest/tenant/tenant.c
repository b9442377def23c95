// SPDX-License-Identifier: MIT
/*
 * Lives in its memory and calls now and then, so that another VM gets its turn in between. Whatever
 * that one does, nothing here may change.
 */
#include <guest.h>

#define WORDS  4096
#define ROUNDS 8

static u64 memory[WORDS];

static u64 pattern(u64 round, u64 i)
{
	return (round << 32 | i) * 0x9e3779b97f4a7c15;
}

int guest_main(void)
{
	print("  tenant: memory at %lx\n", (u64)memory);
	for (u64 round = 0; round < ROUNDS; round++) {
		for (u64 i = 0; i < WORDS; i++)
			memory[i] = pattern(round, i);
		for (u64 i = 0; i < WORDS; i++) {
			if (i % 512 == 0)
				check(ladder_ping(i) == 3 * i + 1);
			check(memory[i] == pattern(round, i));
		}
	}
	print("  tenant: %u rounds, and not a word has changed\n", ROUNDS);
	return 0;
}
