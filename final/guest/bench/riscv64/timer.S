/* SPDX-License-Identifier: MIT */
/*
 * u64 timer_wait(void): instructions from the last one before the supervisor timer interrupt to the
 * first one of its handler; ~0 if another trap came.
 *
 * A loop notes the count again and again, and the handler's first instruction reads it: the
 * difference is what was executed in between, with at most one instruction of the loop in it. The
 * loop does nothing else, so the interrupt can't be late for the guest's own sake.
 */
	.text
	.globl	timer_wait
timer_wait:
	csrr	t4, stvec
	la	t0, handler
	csrw	stvec, t0
	li	t0, 1 << 5		/* sie.STIE */
	csrs	sie, t0
	csrsi	sstatus, 2		/* SIE */
1:	rdinstret t3
	j	1b

	.balign	4
handler:
	rdinstret a0			/* the trap has cleared SIE; no sret is needed to go on */
	sub	a0, a0, t3
	addi	a0, a0, -1		/* the reading instruction itself */
	csrc	sie, t0
	csrw	stvec, t4
	csrr	t1, scause
	li	t2, (1 << 63) | 5
	beq	t1, t2, 2f
	li	a0, -1
2:	ret
