// SPDX-License-Identifier: MIT
/* What is the same on all ISAs: the two flash chips. Each ISA's own part is in its folder. */
#include "grade.h"
#include "own.h"

#include <machine.h>

static volatile u32 *const volatile emulated = (volatile u32 *)FLASH_EMULATED;
static volatile u32 *const passed_through = (volatile u32 *)FLASH_PASSED_THROUGH;

#define BOTH(x) ((u32)(x) << 16 | (x))

static void chips(void)
{
	ladder_show(emulated[0]);
	ladder_show(passed_through[0]);
	for (u32 i = 0; i < 8; i++) {
		volatile u32 *word = emulated + 16 + next() % 4000;
		u32 value = next();

		*word = BOTH(i % 2 ? 0x40 : 0x10);
		*word = value;
		ladder_show(*word);
		*word = BOTH(0xff);
		ladder_show(*word);
		*word = BOTH(0x90);
		ladder_show(emulated[next() % 3]);
		*word = BOTH(0x50);
		*word = BOTH(0xff);
		ladder_show(emulated[next() % 8]);
	}
}

void scenario(u64 what)
{
	if (what == 2)
		chips();
	else
		own(what);
}
