/* SPDX-License-Identifier: MIT */
/* Waits for an interrupt that never comes. */
	.include "guest.inc"
	csrw	sie, zero
1:	wfi
	j	1b
