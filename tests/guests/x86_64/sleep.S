/* SPDX-License-Identifier: MIT */
/* Waits for an interrupt that never comes. */
	.include "guest.inc"
	sti
1:	hlt
	jmp	1b
