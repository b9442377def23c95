/* SPDX-License-Identifier: MIT */
/*
 * u64 registers_ping(u64 arg, u64 *changed): a ping while xN holds PATTERN + N; returns its answer.
 * Bit N of *changed is set where xN came back with something else. sp has its share too, so what
 * the C code needs goes to memory and not to the stack.
 */
#define PATTERN	0x5a0ff1ce5eed0000
#define LADDER	0x0a4c4144		/* see hypercall.h */

	.macro	differs n			# t1 = what xN must be; a2 collects
	ld	t2, 8 * \n(t0)
	sub	t2, t2, t1
	snez	t2, t2
	slli	t2, t2, \n
	or	a2, a2, t2
	.endm

	.text
	.globl	registers_ping
registers_ping:
	la	t0, kept
	.irp	n, 1, 2, 3, 4, 8, 9, 11, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, 8 * \n(t0)
	.endr

	li	x31, PATTERN
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, \
		26, 27, 28, 29, 30, 31		# 31 last
	addi	x\n, x31, \n
	.endr
	li	a6, 0				# the function: ping
	li	a7, LADDER
	ecall

	la	a0, after			# a0 was the error; a1 is the answer
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, 8 * \n(a0)
	.endr

	mv	t0, a0
	mv	a0, a1
	li	a2, 0
	li	t3, PATTERN
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
		27, 28, 29, 30, 31
	addi	t1, t3, \n
	differs	\n
	.endr
	li	t1, 0
	differs	16
	li	t1, LADDER
	differs	17

	la	t0, kept
	.irp	n, 1, 2, 3, 4, 8, 9, 11, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, 8 * \n(t0)
	.endr
	sd	a2, (a1)
	ret

	.bss
	.balign	8
kept:	.skip	8 * 32
after:	.skip	8 * 32
