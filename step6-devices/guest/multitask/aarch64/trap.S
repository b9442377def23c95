/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it.
 *
 * User mode has a stack pointer of its own, SP_EL0. While it runs, the kernel's holds the address
 * of the running task's trapframe: that is where its registers go, and the kernel's stack starts
 * afresh. From the kernel (idle, or waiting for output) they go to a frame on the stack in use.
 */
#include "arch_types.h"

	.macro	each_register op		// x2 to x29
	.irp	n, 2,4,6,8,10,12,14,16,18,20,22,24,26,28
	each_pair \op, \n, %(\n + 1)
	.endr
	.endm

	.altmacro
	.macro	each_pair op, n, m
	\op	x\n, x\m, [sp, #8 * \n]
	.endm

	.macro	from_kernel vector
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\vector
	b	save_rest
	.endm

	.macro	from_user vector
	.balign	128
	stp	x0, x1, [sp]
	mov	x1, #\vector
	b	save_rest
	.endm

/*
 * Four times four vectors ("Exception vectors"): from the kernel with SP_EL0 (which never happens),
 * from the kernel, from user mode, from 32-bit user mode (never).
 */
	.text
	.balign	2048
	.globl	trap_vectors
trap_vectors:
	.irp	n, 0,1,2,3,4,5,6,7
	from_kernel \n
	.endr
	.irp	n, 8,9,10,11,12,13,14,15
	from_user \n
	.endr

	.balign	128
save_rest:
	each_register stp
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	mrs	x4, sp_el0
	str	x30, [sp, #FRAME_X30]
	str	x4, [sp, #FRAME_SP]
	stp	x2, x3, [sp, #FRAME_PC]

	mov	x0, sp
	tst	x3, #SPSR_EL1
	b.ne	1f
	ldr	x2, =kernel_stack_top
	mov	sp, x2
1:	bl	trap_handler			// (frame, vector) -> the frame to go on with

	.globl	arch_return_to
arch_return_to:
	mov	sp, x0
	ldp	x2, x3, [sp, #FRAME_PC]
	ldr	x4, [sp, #FRAME_SP]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	msr	sp_el0, x4
	tst	x3, #SPSR_EL1			// these flags live until eret
	each_register ldp
	ldr	x30, [sp, #FRAME_X30]
	ldp	x0, x1, [sp]
	b.eq	2f
	add	sp, sp, #FRAME_SIZE
2:	eret
