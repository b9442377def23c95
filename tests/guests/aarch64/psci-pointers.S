/* SPDX-License-Identifier: MIT */
/* Turning on CPUs that are not there or on already must be refused. */
	.include "guest.inc"
	.macro	refused target, entry
	ldr	x1, =\target
	ldr	x2, =\entry
	mov	x3, #0
	call	0xc4000003
	tbz	w0, #31, failed
	.endm
	refused	0, 0x40080000			/* this one is on */
	refused	1, 0x40080000
	refused	0x100, 0x40080000
	refused	0xffffffff, 0x40080000
	refused	0xffffffffffffffff, 0x40080000
	refused	1, 0
	refused	1, 0xfffffffffffffffc
	refused	1, 0x7ffffffc
	print	"\nall refused\n"
	power_off
failed:	print	"\none was not refused\n"
	fail
	.ltorg
