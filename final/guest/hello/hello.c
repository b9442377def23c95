// SPDX-License-Identifier: MIT
/* The first guest: one call with a value, and back with the answer and all registers. */
#include <guest.h>

int guest_main(void)
{
	u64 changed, answer = registers_ping(14, &changed);

	ladder_show(answer);
	if (changed) {
		ladder_show(changed); /* bit n for register n */
		return 2;
	}
	return answer == 43 ? 0 : 1;
}
