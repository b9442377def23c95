/* SPDX-License-Identifier: MIT */
/* Lets a timer interrupt come without a trap handler. */
	.include "guest.inc"
	rdtime	a0
	addi	a0, a0, 100
	sbi	0
	li	t0, 1 << 5
	csrs	sie, t0
	csrsi	sstatus, 2
	j	.
