/* SPDX-License-Identifier: MIT */
/* A thousand illegal instructions, each handled: its own matter, so it ends well. */
	.include "guest.inc"
	handle	6, handler
	mov	$1000, %ebp
	xor	%edi, %edi
again:	ud2
	dec	%ebp
	jnz	again
	cmp	$1000, %edi
	jne	failed
	print	"\n1000 handled\n"
	power_off
failed:	print	"\nnot all were handled\n"
	fail

handler:
	inc	%edi
	addl	$2, (%esp)
	iret
