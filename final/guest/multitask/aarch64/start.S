/* SPDX-License-Identifier: MIT */
/* The first instruction: EL1, MMU off, interrupts masked, nothing else to be relied on. */
	.section .text.start, "ax"
	.globl	_start
_start:
	msr	spsel, #1
	ldr	x9, =bss_start			// a raw image has no .bss
	ldr	x10, =bss_end
1:	str	xzr, [x9], #8
	cmp	x9, x10
	b.lo	1b
	ldr	x9, =kernel_stack_top
	mov	sp, x9
	b	kernel_main

	.bss
	.balign	4096
	.skip	8192
	.globl	kernel_stack_top
kernel_stack_top:
