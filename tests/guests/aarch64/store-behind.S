/* SPDX-License-Identifier: MIT */
/* Writes behind its memory, which ends at 64 MiB with MEM=64M. */
	.include "guest.inc"
	ldr	x0, =0x44000000
	strb	wzr, [x0, #-1]
	strb	wzr, [x0]
	power_off
