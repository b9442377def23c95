/* SPDX-License-Identifier: MIT */
/* An illegal instruction, and no trap handler. */
	.include "guest.inc"
	.word	0
	power_off
