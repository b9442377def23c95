/* SPDX-License-Identifier: MIT */
/* Console text from memory that is not there must be refused with -3. */
	.include "guest.inc"
	li	s1, -3
	.macro	refused len, low, high
	li	a0, \len
	li	a1, \low
	li	a2, \high
	sbi	0x4442434e
	bne	a0, s1, failed
	.endm
	refused	16, 0, 0
	refused	16, 0x10000000, 0
	refused	0x7fffffffffffffff, 0x70000000, 0
	refused	-1, 0, 0
	refused	16, 0x83fffff8, 0		/* ends behind MEM=64M */
	refused	16, 0xfffffffffffffff8, 0
	refused	16, 0x80200000, 1
	print	"\nall refused\n"
	power_off
failed:	print	"\none was not refused\n"
	.word	0
