/* SPDX-License-Identifier: MIT */
/* Two things that usertests cannot say in C. */
	.section .user.text, "ax"

/* A privileged instruction in user mode. */
	.globl	user_bad_instruction
user_bad_instruction:
	mov	%cr0, %rax
	ret

/* u64 user_mix_registers(u64 seed): a value that goes once through every register but rsp. */
	.globl	user_mix_registers
user_mix_registers:
	.irp	reg, rbx, rbp, r12, r13, r14, r15
	push	%\reg
	.endr
	.set	number, 1
	.irp	reg, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	lea	number(%rdi), %\reg
	.set	number, number + 1
	.endr
	mov	$2000, %eax			/* long enough for a tick to come now and then */
1:	dec	%eax
	jnz	1b
	.irp	reg, rdi, rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	shl	%rax
	xor	%\reg, %rax
	.endr
	.irp	reg, r15, r14, r13, r12, rbp, rbx
	pop	%\reg
	.endr
	ret
