// SPDX-License-Identifier: MIT
/* Nothing but calls: what a round trip costs is what is left when you divide by their number. */
#include <guest.h>

int guest_main(void)
{
	u64 sum = 0;

	for (u64 i = 1000; i; i--)
		sum += ladder_ping(i);
	return sum == 3 * (1000 * 1001 / 2) + 1000 ? 0 : 1;
}
