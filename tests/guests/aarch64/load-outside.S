/* SPDX-License-Identifier: MIT */
/* Reads where there is nothing. */
	.include "guest.inc"
	ldr	x0, =0x0b000000
	ldr	x1, [x0]
	power_off
