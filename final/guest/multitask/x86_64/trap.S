/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it.
 *
 * From user mode the CPU takes its stack from the TSS: there stands the end of the running task's
 * trapframe, so that its registers go there, and the kernel's stack starts afresh. From the kernel
 * (idle, or waiting for output) they go to a frame on the stack in use.
 */
#include "arch_types.h"

	.text
	.balign	16
	.globl	trap_entries
trap_entries:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
	push	$0			/* the others come with an error code (SDM table 6-1) */
	.endif
	push	$vector
	jmp	save_rest
	.set	vector, vector + 1
	.endr

save_rest:
	.irp	reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	push	%\reg
	.endr
	cld
	mov	%rsp, %rdi
	testb	$3, FRAME_CS(%rdi)
	jz	1f
	mov	$kernel_stack_top, %esp
1:	call	trap_handler		/* (frame) -> the frame to go on with */
	mov	%rax, %rdi

	.globl	arch_return_to
arch_return_to:
	mov	%rdi, %rsp
	testb	$3, FRAME_CS(%rdi)
	jz	2f
	lea	FRAME_SIZE(%rdi), %rax
	mov	%rax, tss + TSS_RSP0
2:	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	pop	%\reg
	.endr
	add	$16, %rsp			/* vector and error code */
	iretq
