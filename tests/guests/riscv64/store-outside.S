/* SPDX-License-Identifier: MIT */
/* Writes below its memory. */
	.include "guest.inc"
	li	t0, 0x70000000
	sd	t0, (t0)
	power_off
