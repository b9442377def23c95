/* SPDX-License-Identifier: MIT */
/*
 * u64 fp_ping(u64 seed): two exits while all SSE registers hold something made of the seed, in both
 * halves; 0 if each of them came back with it. CR4.OSFXSR must be 1.
 */
#define MXCSR	0x7f80			/* round towards zero, all exceptions masked */
#define FPU_CW	0x0c7f			/* the same for the x87 */

	.text
	.globl	fp_ping
fp_ping:
	push	%rbx
	push	%rdi
	push	$MXCSR
	ldmxcsr	(%rsp)
	movw	$FPU_CW, (%rsp)
	fninit
	fldcw	(%rsp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	lea	\n(%rdi), %rax
	movq	%rax, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
	.endr

	mov	$0x4c414400, %eax		/* ping */
	testb	$1, ladder_by_vmmcall(%rip)
	jnz	1f
	vmcall
	jmp	2f
1:	vmmcall
2:	xor	%eax, %eax
	cpuid

	mov	8(%rsp), %rdi
	xor	%ecx, %ecx
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	lea	\n(%rdi), %rdx
	movq	%xmm\n, %rax
	xor	%rdx, %rax
	or	%rax, %rcx
	psrldq	$8, %xmm\n
	movq	%xmm\n, %rax
	xor	%rdx, %rax
	or	%rax, %rcx
	.endr
	stmxcsr	(%rsp)
	mov	(%rsp), %eax
	xor	$MXCSR, %eax
	or	%rax, %rcx
	fnstcw	(%rsp)
	movzwl	(%rsp), %eax
	xor	$FPU_CW, %eax
	or	%rcx, %rax
	add	$16, %rsp
	pop	%rbx
	ret
