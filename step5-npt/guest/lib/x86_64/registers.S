/* SPDX-License-Identifier: MIT */
/*
 * u64 registers_ping(u64 arg, u64 *changed): a ping while each register but those of the call holds
 * PATTERN + its number; returns its answer. Bit N of *changed is set where register N (by the
 * instructions' numbers) came back with something else; rdi must come back with arg. rsp has its
 * share too, so what the C code needs goes to memory and not to the stack.
 */
#define PATTERN	0x5a0ff1ce5eed0000
#define LADDER	0x4c414400		/* see hypercall.h */

	.macro	pattern reg, n
	movabs	$(PATTERN + \n), %\reg
	.endm

	.macro	differs n			# rcx = all that changed
	movabs	$(PATTERN + \n), %rax
	cmp	%rax, after + 8 * \n(%rip)
	setne	%al
	movzbl	%al, %eax
	shl	$\n, %eax
	or	%eax, %ecx
	.endm

	.text
	.globl	registers_ping
registers_ping:
	mov	%rbx, kept(%rip)
	mov	%rsp, kept + 8(%rip)
	mov	%rbp, kept + 16(%rip)
	mov	%rsi, kept + 24(%rip)
	mov	%r12, kept + 32(%rip)
	mov	%r13, kept + 40(%rip)
	mov	%r14, kept + 48(%rip)
	mov	%r15, kept + 56(%rip)
	mov	%rdi, kept + 64(%rip)

	pattern	rcx, 1
	pattern	rbx, 3
	pattern	rsp, 4
	pattern	rbp, 5
	pattern	rsi, 6
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	pattern	r\n, \n
	.endr
	mov	$LADDER, %eax			# the function: ping
	testb	$1, ladder_by_vmmcall(%rip)
	jnz	1f
	vmcall
	jmp	2f
1:	vmmcall
2:
	mov	%rcx, after + 8 * 1(%rip)
	mov	%rbx, after + 8 * 3(%rip)
	mov	%rsp, after + 8 * 4(%rip)
	mov	%rbp, after + 8 * 5(%rip)
	mov	%rsi, after + 8 * 6(%rip)
	mov	%rdi, after + 8 * 7(%rip)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\n, after + 8 * \n(%rip)
	.endr

	xor	%ecx, %ecx
	.irp	n, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15
	differs	\n
	.endr
	mov	kept + 64(%rip), %rax
	cmp	%rax, after + 8 * 7(%rip)
	setne	%al
	movzbl	%al, %eax
	shl	$7, %eax
	or	%eax, %ecx
	mov	kept(%rip), %rbx
	mov	kept + 8(%rip), %rsp
	mov	kept + 16(%rip), %rbp
	mov	kept + 24(%rip), %rsi
	mov	kept + 32(%rip), %r12
	mov	kept + 40(%rip), %r13
	mov	kept + 48(%rip), %r14
	mov	kept + 56(%rip), %r15
	mov	%rcx, (%rsi)
	mov	%rdx, %rax			# the answer
	ret

	.bss
	.balign	8
kept:	.skip	8 * 9
after:	.skip	8 * 16
