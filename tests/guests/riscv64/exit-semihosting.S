/* SPDX-License-Identifier: MIT */
/* Asks a debugger on the host to end the machine with 0. */
	.include "guest.inc"
	.option	norvc
	li	a0, 0x18
	li	a1, 0x20026
	slli	zero, zero, 0x1f
	ebreak
	srai	zero, zero, 7
	forged_line
	j	.
