/* SPDX-License-Identifier: MIT */
/* Reads where there is nothing. */
	.include "guest.inc"
	mov	NOTHING, %eax
	power_off
