/* SPDX-License-Identifier: MIT */
/* Prints 2,000 guesses of the run's nonce, then waits for the time to be up. */
	.include "guest.inc"
	mov	$2000, %ebp
	mov	$FIRST, %ebx
again:	print	"\nladder: end "
	next
	mov	$8, %ecx
	mov	%ebx, %edi
digit:	rol	$4, %edi
	mov	%edi, %eax
	and	$15, %eax
	movb	digits(%eax), %al
	mov	$COM1, %edx
	out	%al, %dx
	loop	digit
	print	" status 0"
	dec	%ebp
	jnz	again
	jmp	.
digits:	.ascii	"0123456789abcdef"
