/* SPDX-License-Identifier: MIT */
/* Writes to an interrupt controller's register that is not there. */
	.include "guest.inc"
	li	t0, 0x0c000000
	li	t1, 0x3fff000
	add	t0, t0, t1
	sw	t0, (t0)
	power_off
