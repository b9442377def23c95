/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it. While user mode runs, sscratch points to the place for its
 * registers at the top of the process' kernel stack; in the kernel it is 0. So both kinds of
 * trap save a frame and go on with the stack right below it.
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
	csrrw	a0, sscratch, a0		# a0 = frame; the interrupted a0 in sscratch
	bnez	a0, 1f
	addi	a0, sp, -FRAME_SIZE		# from the kernel
1:	each_register sd
	sd	sp, FRAME_SP(a0)
	csrrw	t0, sscratch, zero		# "in the kernel" from here
	sd	t0, FRAME_A0(a0)
	csrr	t0, sepc
	sd	t0, FRAME_PC(a0)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(a0)
	mv	sp, a0
	call	trap_handler

/* sp points to a frame. A new process comes here from its first arch_switch. */
	.globl	trap_return
trap_return:
	mv	a0, sp
	ld	t0, FRAME_PC(a0)
	csrw	sepc, t0
	ld	t0, FRAME_SSTATUS(a0)
	csrw	sstatus, t0
	andi	t0, t0, SSTATUS_SPP
	bnez	t0, 2f
	csrw	sscratch, a0
2:	each_register ld
	ld	sp, FRAME_SP(a0)
	ld	a0, FRAME_A0(a0)
	sret
