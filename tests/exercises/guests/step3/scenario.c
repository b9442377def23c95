// SPDX-License-Identifier: MIT
/* Calls again and again, with its registers full, and shows what came of it. */
#include "grade.h"

void scenario(u64 what)
{
	u64 sum = what;

	for (u32 i = 0; i < 50; i++) {
		u64 changed, answer = registers_ping(next(), &changed);

		sum = (sum ^ answer) * 31 + changed;
		if (i % 10 == 0 || changed)
			ladder_show(changed);
	}
	ladder_show(sum | 1ul << 63);
}
