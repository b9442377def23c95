// SPDX-License-Identifier: MIT
#include "grade.h"

/* The grader's probe writes what to do, and a number, behind this mark. */
static volatile struct {
	u64 mark[2], what, seed;
} order __attribute__((aligned(8))) = { { 0x656461726720796d, 0x6e69676562207227 }, 0, 1 };

u64 next(void)
{
	u64 z = order.seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	return z ^ z >> 27;
}

int guest_main(void)
{
	scenario(order.what);
	ladder_show(ladder_ping(next()));
	return 0;
}
