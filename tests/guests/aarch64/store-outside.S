/* SPDX-License-Identifier: MIT */
/* Writes below its memory. */
	.include "guest.inc"
	ldr	x0, =0x3ffffff8
	str	x0, [x0]
	power_off
