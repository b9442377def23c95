/* SPDX-License-Identifier: MIT */
/* Jumps to an address where there is nothing. */
	.include "guest.inc"
	ldr	x0, =0x30000000
	br	x0
