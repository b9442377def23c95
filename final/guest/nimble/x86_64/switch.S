/* SPDX-License-Identifier: MIT */
/*
 * arch_switch(save_sp, load_sp): the callee-saved registers go to the stack that is left, its
 * sp to *save_sp; the same registers come from the other stack. It returns to where that one
 * was left. All else the compiler has saved around the call.
 */
	.text
	.globl	arch_switch
arch_switch:
	.irp	reg, rbx, rbp, r12, r13, r14, r15
	push	%\reg
	.endr
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	.irp	reg, r15, r14, r13, r12, rbp, rbx
	pop	%\reg
	.endr
	ret
