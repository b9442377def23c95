/* SPDX-License-Identifier: MIT */
/* Reaches for the host's configuration device, whose DMA could write anywhere. */
	.include "guest.inc"
	ldr	x0, =0x09020000
	str	xzr, [x0, #16]
	forged_line
	b	.
