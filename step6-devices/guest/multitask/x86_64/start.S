/* SPDX-License-Identifier: MIT */
/*
 * The first instruction: 64-bit mode, interrupts off, rdi = the vCPU's number, rcx = 1 where the
 * hypervisor is called by vmmcall and 0 where by vmcall, CR3 = the image's second page.
 */
	.section .text.start, "ax"
	.globl	_start
_start:
	mov	%rdi, %rbx
	mov	%ecx, %edx
	mov	$bss_start, %edi		/* a raw image has no .bss */
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb
	mov	%dl, hypervisor_by_vmmcall
	mov	$kernel_stack_top, %esp
	mov	%rbx, %rdi
	call	kernel_main

/* Until vm.c has made its own: every address below 4 GiB mapped to itself, in pages of 1 GiB. */
	.section .tables, "a"
	.balign	4096
	.quad	level3 + 3
	.balign	4096
level3:
	.irp	gib, 0, 1, 2, 3
	.quad	(\gib << 30) + 0x83
	.endr
	.balign	4096

	.bss
	.globl	hypervisor_by_vmmcall
hypervisor_by_vmmcall:
	.skip	1
	.balign	4096
	.skip	8192
	.globl	kernel_stack_top
kernel_stack_top:
