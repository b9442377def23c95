/* SPDX-License-Identifier: MIT */
/* Prints the last line of an earlier run, and then does what it may not. */
	.include "guest.inc"
	forged_line
	fail
