// SPDX-License-Identifier: MIT
/* Has a checksum made of its own memory, and of what is not its own. */
#include "scenario.h"
#include "window.h"

static u64 words[64];

void scenario(u64 what)
{
	u64 sum = 0;

	if (what >= 10 && what < 16) {
		window(what - 10);
		return;
	}
	if (what == 20) {
		mailbox();
		return;
	}
	for (u32 i = 0; i < 64; i++)
		words[i] = next() * what;
	for (u32 i = 0; i < 8; i++)
		sum = sum * 31 + ladder_call(16, (u64)&words[next() % 48]);
	ladder_show(sum);
	ladder_show(ladder_call(16, 8));
}
