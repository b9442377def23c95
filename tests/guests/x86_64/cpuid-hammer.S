/* SPDX-License-Identifier: MIT */
/* Any leaf of CPUID; those that there are none of are all zeros, and no leaf shows VMX or SVM. */
	.include "guest.inc"
	mov	$FIRST, %edi
	mov	$5000, %ebp
again:	imul	$1664525, %edi, %edi
	add	$1013904223, %edi
	mov	%edi, %eax
	mov	%edi, %ecx
	and	$15, %ecx
	cpuid
	dec	%ebp
	jnz	again
	mov	$1, %eax
	cpuid
	test	$1 << 5, %ecx			/* VMX */
	jnz	failed
	mov	$0x80000001, %eax
	cpuid
	test	$1 << 2, %ecx			/* SVM */
	jnz	failed
	print	"\nstill here\n"
	power_off
failed:	print	"\nit shows\n"
	fail
