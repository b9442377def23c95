/* SPDX-License-Identifier: MIT */
/*
 * u64 uart_access(u64 address, u64 value, bool store, u64 after[32])
 *
 * Every register must survive an access that someone else makes in our place, but the one that is
 * loaded. So all of them hold something known then (xN holds UART_PATTERN + N, sp UART_PATTERN
 * itself, x0 the address; x1 is loaded or stored), and what they hold afterwards goes to after[],
 * sp as the last: uart.c compares. Interrupts are off, so nothing but the access may need sp.
 */
#include "uart.h"

	.text
	.globl	uart_access
uart_access:
	ldr	x9, =kept
	.irp	n, 3,18,19,20,21,22,23,24,25,26,27,28,29,30
	str	x\n, [x9, #8 * \n]
	.endr
	mov	x10, sp
	str	x10, [x9, #8 * 31]

	tst	w2, #0xff			// the flags are to survive too
	ldr	x2, =UART_PATTERN
	mov	sp, x2
	.irp	n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	add	x\n, x2, #\n
	.endr
	add	x2, x2, #2
	b.eq	1f
	str	w1, [x0]
	b.ne	2f
1:	ldr	w1, [x0]

2:	msr	tpidr_el1, x30			// one register is needed for the rest
	ldr	x30, =after
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
	str	x\n, [x30, #8 * \n]
	.endr
	mrs	x10, tpidr_el1
	str	x10, [x30, #8 * 30]
	mov	x10, sp
	str	x10, [x30, #8 * 31]

	ldr	x9, =kept
	ldr	x10, [x9, #8 * 31]
	mov	sp, x10
	.irp	n, 3,18,19,20,21,22,23,24,25,26,27,28,29
	ldr	x\n, [x9, #8 * \n]
	.endr
	mov	x10, #32
3:	ldr	x11, [x30], #8			// to after[], which is x3 again
	str	x11, [x3], #8
	subs	x10, x10, #1
	b.ne	3b
	ldr	x30, [x9, #8 * 30]
	mov	x0, x1
	ret

	.bss
	.balign	8
kept:	.skip	8 * 32
after:	.skip	8 * 32
