/* SPDX-License-Identifier: MIT */
/* Never yields. */
	.include "guest.inc"
	msr	daifset, #15
	b	.
