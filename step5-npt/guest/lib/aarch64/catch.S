/* SPDX-License-Identifier: MIT */
/*
 * Only the synchronous exceptions of EL1 with its own stack pointer can come here (DDI 0487,
 * "Exception vectors"): interrupts stay masked. The instruction is given up.
 */
	.text
	.balign	2048
	.globl	catching_vectors
catching_vectors:
	.skip	0x200
	mrs	x9, esr_el1
	mrs	x10, elr_el1
	mrs	x11, spsr_el1
	add	x10, x10, #4
	msr	elr_el1, x10
	sub	x10, x10, #4
	eret
	.balign	2048
