/* SPDX-License-Identifier: MIT */
/*
 * Handlers of vectors 0x40 to 0x7f: each notes its vector and where the guest was, and completes
 * the interrupt where it is to. 16 bytes each.
 */
#define X2APIC_EOI	0x80b

	.text
	.balign	16
	.globl	taken_entries
taken_entries:
	.set	vector, 0x40
	.rept	0x40
	.balign	16
	push	%rax
	mov	$vector, %eax
	jmp	taken
	.set	vector, vector + 1
	.endr

taken:	push	%rcx
	push	%rdx
	mov	taken_count(%rip), %ecx
	mov	%al, taken_vectors(%rcx)
	mov	24(%rsp), %rax
	mov	%rax, taken_at(%rip)
	incb	taken_count(%rip)
	testb	$1, taken_completes(%rip)
	jz	1f
	xor	%eax, %eax
	xor	%edx, %edx
	mov	$X2APIC_EOI, %ecx
	wrmsr
1:	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq

	.bss
	.globl	taken_count, taken_vectors, taken_at, taken_completes
	.balign	8
taken_at:
	.skip	8				/* the interrupted rip, the last time */
taken_count:
	.skip	4
taken_completes:
	.skip	4
taken_vectors:
	.skip	256
