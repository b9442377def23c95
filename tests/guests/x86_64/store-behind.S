/* SPDX-License-Identifier: MIT */
/* Writes behind its memory, which ends at 64 MiB with MEM=64M. */
	.include "guest.inc"
	movb	$0, 0x3ffffff
	movb	$0, 0x4000000
	power_off
