/* SPDX-License-Identifier: MIT */
/* Jumps to an address where there is nothing. */
	.include "guest.inc"
	li	t0, 0x40000000
	jr	t0
