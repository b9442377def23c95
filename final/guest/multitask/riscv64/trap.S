/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it.
 *
 * sscratch holds the running task's trapframe while user mode runs and 0 in the kernel: that is
 * how the entry finds out, with no free register, where it comes from.
 *
 * From user mode, registers go to the task's trapframe, and the kernel's stack starts afresh;
 * from the kernel (idle, or waiting for output) to a frame on the stack in use.
 */
#include "arch_types.h"

	.macro	each_register op		# all but x0, sp and a0
	.irp	n, 1,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	x\n, 8 * \n(a0)
	.endr
	.endm

	.text
	.balign	4				# stvec's low bits are its mode
	.globl	trap_entry
trap_entry:
	csrrw	a0, sscratch, a0		# a0 = trapframe; user's a0 in sscratch
	bnez	a0, 1f
	addi	a0, sp, -FRAME_SIZE		# from the kernel
1:	each_register sd
	sd	sp, FRAME_SP(a0)
	csrrw	t0, sscratch, zero		# the interrupted a0; "in the kernel" from here
	sd	t0, FRAME_A0(a0)
	csrr	t0, sepc
	sd	t0, FRAME_PC(a0)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(a0)

	andi	t0, t0, SSTATUS_SPP
	mv	sp, a0
	bnez	t0, 2f
	la	sp, kernel_stack_top
2:	call	trap_handler			# (frame) -> the frame to go on with

	.globl	arch_return_to
arch_return_to:
	ld	t0, FRAME_PC(a0)
	csrw	sepc, t0
	ld	t0, FRAME_SSTATUS(a0)
	csrw	sstatus, t0
	andi	t0, t0, SSTATUS_SPP
	bnez	t0, 3f
	csrw	sscratch, a0
3:	each_register ld
	ld	sp, FRAME_SP(a0)
	ld	a0, FRAME_A0(a0)
	sret
