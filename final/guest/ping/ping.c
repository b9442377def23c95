// SPDX-License-Identifier: MIT
/* Nothing but calls: what a round trip costs is what is left when you divide by their number. */
#include <guest.h>

int guest_main(void)
{
	for (u64 i = 0; i < 1000; i++)
		if (ladder_ping(i) != 3 * i + 1)
			return 1;
	return 0;
}
