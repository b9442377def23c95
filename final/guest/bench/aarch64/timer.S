/* SPDX-License-Identifier: MIT */
/*
 * u64 timer_wait(void): waits for an interrupt; the virtual counter as the first instruction of its
 * handler reads it, ~0 if another exception came.
 *
 * The guest does nothing meanwhile, so the interrupt can't be late for its own sake.
 */
	.text
	.globl	timer_wait
timer_wait:
	mrs	x9, vbar_el1
	ldr	x10, =vectors
	msr	vbar_el1, x10
	isb
	msr	daifclr, #2
1:	b	1b

	.balign	2048
vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	.if	\n == 5			/* IRQ, from EL1 with its own stack pointer */
	mrs	x0, cntvct_el0
	.else
	mov	x0, #-1
	.endif
	b	2f
	.endr

2:	msr	vbar_el1, x9		/* the exception has masked; no eret is needed to go on */
	isb
	ret
