/* SPDX-License-Identifier: MIT */
/* Reads where there is nothing. */
	.include "guest.inc"
	ld	t0, 0x18(zero)
	power_off
