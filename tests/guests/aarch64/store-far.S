/* SPDX-License-Identifier: MIT */
/* Writes to the end of what an address can say: the last of 44 bits. */
	.include "guest.inc"
	ldr	x0, =0xffffffffff8
	str	x0, [x0]
	power_off
