/* SPDX-License-Identifier: MIT */
/* Tries to have its line taken for the last: no newline, then returns and backspaces. */
	.include "guest.inc"
	print	"ladder: end 0123abcd status 0\r\b\b\b\033[A\033[2K"
	fail
