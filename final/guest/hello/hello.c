// SPDX-License-Identifier: MIT
/* The first guest: one call with a value, and back with the answer. */
#include <guest.h>

int guest_main(void)
{
	u64 answer = ladder_ping(14);

	ladder_show(answer);
	return answer == 43 ? 0 : 1;
}
