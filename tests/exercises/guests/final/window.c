// SPDX-License-Identifier: MIT
/* The key in the last word of the guest's 16 MiB of RAM, and the window that shows it. */
#include "grade.h"
#include "window.h"

static void use(void)
{
	u64 ram = (u64)window / (16ul << 20) * (16ul << 20);
	volatile u64 *key = (volatile u64 *)(ram + (16ul << 20) - 8);

	for (u32 i = 0; i < 12; i++) {
		if (i % 4 != 3)
			*key = next();
		loads(WINDOW + 8 * (1 + next() % 0x5fd));
		accesses();
		ladder_show(*key);
	}
	ladder_show(*(volatile u64 *)WINDOW);
	ladder_show(*(volatile u32 *)(WINDOW_END - 4));
	ladder_show(*(volatile u8 *)(WINDOW_END - 1));
}

void window(u64 what)
{
	u64 inside = WINDOW + 8 * (next() % 0x5ff);

	switch (what) {
	case 0:
		use();
		return;
	case 1:
		ladder_show(*(volatile u8 *)(WINDOW - 1));
		return;
	case 2:
		ladder_show(*(volatile u32 *)WINDOW_END);
		return;
	case 3: /* half in, half out */
		ladder_show(*(volatile u64 *)(WINDOW_END - 4));
		return;
	case 4:
		*(volatile u32 *)inside = next();
		return;
	default:
		((void (*)(void))inside)();
	}
}
