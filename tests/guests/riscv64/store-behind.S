/* SPDX-License-Identifier: MIT */
/* Writes behind its memory, which ends at 64 MiB with MEM=64M. */
	.include "guest.inc"
	li	t0, 0x84000000
	sb	zero, -1(t0)
	sb	zero, (t0)
	power_off
