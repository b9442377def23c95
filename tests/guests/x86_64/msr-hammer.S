/* SPDX-License-Identifier: MIT */
/* Reads and writes any MSR of the ranges in use: what there is none of is the guest's own fault. */
	.include "guest.inc"
	handle	13, handler
	mov	$FIRST, %ebx
	mov	$5000, %ebp
again:	next
	mov	%ebx, %ecx
	shr	$16, %ecx
	and	$0x1fff, %ecx
	testl	$0x8000, %ebx
	jz	1f
	or	$0xc0000000, %ecx
	testl	$0x4000, %ebx
	jz	1f
	or	$0x00010000, %ecx
1:	cmp	$0xc0000080, %ecx		/* EFER: 32-bit mode must stay */
	je	2f
	cmp	$0x1b, %ecx			/* where the local APIC is */
	je	2f
	mov	$2f, %edi
	rdmsr
	mov	%ebx, %eax
	xor	%edx, %edx
	wrmsr
2:	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off

handler:
	add	$4, %esp
	mov	%edi, (%esp)
	iret
