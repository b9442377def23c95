/* SPDX-License-Identifier: MIT */
/*
 * u64 registers_ping(u64 arg, u64 *changed): a ping while xN holds PATTERN + N; returns its answer.
 * Bit N of *changed is set where xN came back with something else. sp has its share too (as N = 31
 * and with PATTERN itself), so what the C code needs goes to memory and not to the stack.
 */
#define PATTERN	0x5a0ff1ce5eed0000
#define LADDER	0xc6000000		/* see hypercall.h */

	.macro	differs n			/* x10 = what xN must be; x2 collects */
	ldr	x11, [x9, #8 * \n]
	cmp	x11, x10
	cset	x11, ne
	orr	x2, x2, x11, lsl #\n
	.endm

	.text
	.globl	registers_ping
registers_ping:
	ldr	x9, =kept
	.irp	n, 1, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [x9, #8 * \n]
	.endr
	mov	x10, sp
	str	x10, [x9, #8 * 31]

	mov	x1, x0
	ldr	x30, =PATTERN
	mov	sp, x30
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30	/* 30 last */
	add	x\n, x30, #\n
	.endr
	ldr	x0, =LADDER			/* the function: 0, ping */
	hvc	#0

	ldr	x0, =after			/* x0 was the error; x1 is the answer */
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [x0, #8 * \n]
	.endr
	mov	x10, sp
	str	x10, [x0, #8 * 31]

	mov	x9, x0
	mov	x0, x1
	mov	x2, #0
	ldr	x3, =PATTERN
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30
	add	x10, x3, #\n
	differs	\n
	.endr
	mov	x10, x3
	differs	31

	ldr	x9, =kept
	ldr	x10, [x9, #8 * 31]
	mov	sp, x10
	.irp	n, 1, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [x9, #8 * \n]
	.endr
	str	x2, [x1]
	ret

	.bss
	.balign	8
kept:	.skip	8 * 32
after:	.skip	8 * 32
