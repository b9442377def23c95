/* SPDX-License-Identifier: MIT */
/* Writes above its memory, where there is no device. */
	.include "guest.inc"
	movl	$0, NOTHING
	power_off
