/* SPDX-License-Identifier: MIT */
/* The first instruction: S-mode, no paging, a0 = hart id, nothing else to be relied on. */
	.section .text.start, "ax"
	.globl	_start
_start:
	csrw	sie, zero
	csrw	satp, zero
	csrw	sscratch, zero			# "in the kernel", see trap.S
	la	t0, bss_start			# a raw image has no .bss
	la	t1, bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	sp, kernel_stack_top
	tail	kernel_main

	.bss
	.balign	4096
	.skip	8192
	.globl	kernel_stack_top
kernel_stack_top:
