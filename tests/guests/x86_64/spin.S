/* SPDX-License-Identifier: MIT */
/* Never yields. */
	.include "guest.inc"
	cli
	jmp	.
