/* SPDX-License-Identifier: MIT */
/* Reads a byte-wide device with eight bytes at once, across its registers. */
	.include "guest.inc"
	li	t0, 0x10000000
	ld	t1, 4(t0)
	power_off
