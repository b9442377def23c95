/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it. From user mode an interrupt takes its stack from the TSS: the top
 * of the process' kernel stack, where the place for its registers is. SYSCALL takes none, so it
 * finds that by GS, which SWAPGS has point to the TSS while we are in the kernel. Either way the
 * kernel goes on with the stack right below the frame.
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
	jmp	1f
	.set	vector, vector + 1
	.endr
1:	testb	$3, 24(%rsp)		/* the interrupted cs */
	jz	save_rest
	swapgs
	jmp	save_rest

/* rcx = rip, r11 = rflags; the stack is the user's, interrupts are off (SFMASK). */
	.globl	syscall_entry
syscall_entry:
	swapgs
	mov	%rsp, %gs:TSS_RSP1
	mov	%gs:TSS_RSP0, %rsp
	push	$USER_DATA
	push	%gs:TSS_RSP1
	push	%r11
	push	$USER_CODE
	push	%rcx
	push	$0
	push	$VECTOR_SYSCALL

save_rest:
	.irp	reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	push	%\reg
	.endr
	cld
	mov	%rsp, %rdi
	call	trap_handler		/* (frame) */

/* rsp points to a frame. A new process comes here from its first arch_switch. */
	.globl	trap_return
trap_return:
	testb	$3, FRAME_CS(%rsp)
	jz	2f
	lea	FRAME_SIZE(%rsp), %rax
	mov	%rax, %gs:TSS_RSP0
	swapgs
2:	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	pop	%\reg
	.endr
	add	$16, %rsp		/* vector and error code */
	iretq
