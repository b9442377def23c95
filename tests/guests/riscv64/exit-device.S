/* SPDX-License-Identifier: MIT */
/* Writes the word for a good end to where this machine's exit device lies. */
	.include "guest.inc"
	li	t0, 0x100000
	li	t1, 0x5555
	sw	t1, (t0)
	forged_line
	j	.
