/* SPDX-License-Identifier: MIT */
/* Ends by the legacy shutdown. */
	.include "guest.inc"
	print	"\nwell\n"
	sbi	8
	j	.
