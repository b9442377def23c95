/* SPDX-License-Identifier: MIT */
/* A timer that is due all the time, whose interrupts are never ended. */
	.include "guest.inc"
	handle	0x40, handler
	movl	$0x1ff, LAPIC + 0xf0
	movl	$0x20040, LAPIC + 0x320		/* periodic */
	movl	$0xb, LAPIC + 0x3e0
	movl	$1, LAPIC + 0x380
	sti
	mov	$100000, %ebp
again:	dec	%ebp
	jnz	again
	cli
	print	"\nstill here\n"
	power_off

handler:
	testl	$1, %ebp			/* every other one is */
	jz	1f
	movl	$0, LAPIC + 0xb0
1:	iret
