/* SPDX-License-Identifier: MIT */
/* Calls of the firmware that there are none of: 40,000, each refused with -2. */
	.include "guest.inc"
	li	s0, 10000
	li	s1, -2
again:
	li	a7, 0x0badc0de		/* an extension that does not exist */
	add	a7, a7, s0
	ecall
	bne	a0, s1, failed
	li	a7, 0x10		/* the base extension's functions end at 6 */
	addi	a6, s0, 7
	ecall
	bne	a0, s1, failed
	li	a7, 0x53525354		/* SRST has one */
	addi	a6, s0, 1
	ecall
	bne	a0, s1, failed
	li	a7, -1
	mv	a6, s0
	ecall
	bne	a0, s1, failed
	addi	s0, s0, -1
	bnez	s0, again
	print	"\nall refused\n"
	power_off
failed:	print	"\none was not refused\n"
	.word	0
