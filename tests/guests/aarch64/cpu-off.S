/* SPDX-License-Identifier: MIT */
/* Turns its only CPU off. */
	.include "guest.inc"
	call	0x84000002
	print	"\nit came back\n"
	b	.
