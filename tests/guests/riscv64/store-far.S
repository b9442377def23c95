/* SPDX-License-Identifier: MIT */
/* Writes to the end of what an address can say. */
	.include "guest.inc"
	li	t0, -8
	sd	t0, (t0)
	power_off
