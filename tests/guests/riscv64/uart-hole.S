/* SPDX-License-Identifier: MIT */
/* Writes to a register that a 16550 does not have. */
	.include "guest.inc"
	li	t0, 0x10000000
	sb	zero, 0x80(t0)
	power_off
