/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it. User mode has a stack pointer of its own, SP_EL0; while it runs,
 * the kernel's points to the top of the process' kernel stack, where the place for its registers
 * is. So both kinds of trap push a frame and go on with the stack right below it.
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

/* Sixteen vectors of 128 bytes (DDI 0487, "Exception vectors"). */
	.text
	.balign	2048
	.globl	trap_vectors
trap_vectors:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\n
	b	save_rest
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
	bl	trap_handler			// (frame, vector)

/* sp points to a frame. A new process comes here from its first arch_switch. */
	.globl	trap_return
trap_return:
	ldp	x2, x3, [sp, #FRAME_PC]
	ldr	x4, [sp, #FRAME_SP]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	msr	sp_el0, x4
	each_register ldp
	ldr	x30, [sp, #FRAME_X30]
	ldp	x0, x1, [sp]
	add	sp, sp, #FRAME_SIZE
	eret
