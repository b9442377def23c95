/* SPDX-License-Identifier: MIT */
/* Waits for an interrupt that never comes. */
	.include "guest.inc"
1:	wfi
	b	1b
