/* SPDX-License-Identifier: MIT */
/* Asks a debugger on the host to end the machine with 0, and first to make a file there. */
	.include "guest.inc"
	mov	w0, #1				/* SYS_OPEN */
	adr	x1, file
	hlt	#0xf000
	mov	w0, #0x18			/* SYS_EXIT */
	adr	x1, block
	hlt	#0xf000
	forged_line
	b	.
	.balign	8
file:	.quad	name, 4, 26			/* "w" */
block:	.quad	0x20026, 0
name:	.asciz	"by-semihosting"
