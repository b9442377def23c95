/* SPDX-License-Identifier: MIT */
/* Hypercalls that there are none of: 40,000, each refused. Which instruction it is CPUID tells. */
	.include "guest.inc"
	handle	6, other
	mov	$10000, %ebp
again:
	.irp	number, 0x4c414404, 0x4c4144ff, 0x0badc0de, 0xffffffff
	mov	$\number, %eax
	mov	$-1, %edi
	call	hypercall
	cmp	$-1, %eax
	jne	failed
	.endr
	dec	%ebp
	jnz	again
	print	"\nall refused\n"
	power_off
failed:	print	"\none was not refused\n"
	fail

hypercall:
	vmcall
	ret
other:	movl	$0xc3d9010f, hypercall		/* vmmcall; ret */
	iret
