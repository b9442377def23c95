/* SPDX-License-Identifier: MIT */
/* Prints 2,000 guesses of the run's nonce, then waits for the time to be up. */
	.include "guest.inc"
	li	s0, 2000
	li	s1, 0x9e3779b9
again:	print	"\nladder: end "
	li	t0, 1664525
	mul	s1, s1, t0
	li	t0, 1013904223
	add	s1, s1, t0
	li	s2, 28
digit:	srl	a0, s1, s2
	andi	a0, a0, 15
	addi	a0, a0, '0'
	li	t0, '9'
	ble	a0, t0, 1f
	addi	a0, a0, 'a' - '9' - 1
1:	sbi	1
	addi	s2, s2, -4
	bgez	s2, digit
	print	" status 0"
	addi	s0, s0, -1
	bnez	s0, again
	j	.
