/* SPDX-License-Identifier: MIT */
/* One store that begins in its memory, and ends behind it. */
	.include "guest.inc"
	movl	$-1, 0x3fffffe
	power_off
