/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <asm-offsets.h>

/*
 * Exceptions of the hypervisor itself, and from 32 on its interrupts. They come on the interrupted
 * stack: the CPU pushes where it was, for some of them an error code (SDM 6.15), and the entry
 * pushes 0 where there is none, and the vector. Then the frame is as in traps.h; trap_handle() may
 * change it, and everything is restored from it.
 */
	.macro	entry	vector
	.balign	16
trap_\vector:
	.if	(1 << \vector) & 0x60227d00 == 0	/* 8, 10 to 14, 17, 21, 29, 30 have one */
	push	$0
	.endif
	push	$\vector
	jmp	trap_common
	.endm

	.text
	.irp	vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34
	entry	\vector
	.endr

ENTRY(trap_common)
	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	push	%\reg
	.endr

	mov	%rsp, %rdi
	cld
	call	trap_handle

	/* What was pushed as rsp goes to rbp first, and is replaced by the next: it is not used. */
	.irp	reg, rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	pop	%\reg
	.endr
	add	$(FRAME_RIP - FRAME_VECTOR), %rsp	/* vector and error code */
	iretq
END(trap_common)

	.section .rodata
	.balign	8
	.globl	trap_vectors
trap_vectors:
	.irp	vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34
	.quad	trap_\vector
	.endr
