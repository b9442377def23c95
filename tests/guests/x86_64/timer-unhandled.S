/* SPDX-License-Identifier: MIT */
/* Lets a timer interrupt come without a handler. */
	.include "guest.inc"
	movl	$0x1ff, LAPIC + 0xf0		/* enabled; spurious vector 0xff */
	movl	$0x40, LAPIC + 0x320		/* one-shot */
	movl	$0xb, LAPIC + 0x3e0		/* divided by 1 */
	movl	$100, LAPIC + 0x380
	sti
	jmp	.
