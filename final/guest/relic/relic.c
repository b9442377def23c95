// SPDX-License-Identifier: MIT
/*
 * A program that was written for another machine (final.4, in final's exercises). Its CPU has one
 * register more, the key, which is the last word of RAM as well; and where ours has nothing, it has
 * a window, in which is seen what the key makes of each address.
 */
#include "relic.h"

#define RAM_SIZE   (16ul << 20)
#define WINDOW     0x30000000ul
#define WINDOW_END 0x30002ffcul

static volatile u64 *key;

u64 fresh(void)
{
	static u64 state;

	state = (state ? state : now()) * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
	return state ^ state >> 29;
}

u64 in_window(u64 at, u32 width)
{
	u64 value = 0;

	for (u32 i = 0; i < width; i++) {
		u64 byte = at + i, word = (byte / 8 * 8 + 1) * *key;

		value |= (word >> 8 * (byte % 8) & 0xff) << 8 * i;
	}
	return value;
}

int guest_main(void)
{
	key = (volatile u64 *)((u64)guest_main / RAM_SIZE * RAM_SIZE + RAM_SIZE - 8);
	*key = fresh();
	print("  relic: its key is %lx, the window at %lx shows", *key, WINDOW);
	print(" %lx\n", *(volatile u64 *)WINDOW);
	for (u32 i = 0; i < 16; i++) {
		*key = fresh();
		loads(WINDOW + 8 * (1 + fresh() % 0x5fd));
	}
	check(*(volatile u32 *)(WINDOW_END - 4) == in_window(WINDOW_END - 4, 4));
	check(*(volatile u8 *)(WINDOW_END - 1) == in_window(WINDOW_END - 1, 1));
	print("  relic: loads of every width came through\n");
	for (u32 i = 0; i < 16; i++)
		instructions(key);
	print("  relic: and its CPU has one register more\n");
	return 0;
}
