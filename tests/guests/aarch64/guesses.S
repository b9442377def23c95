/* SPDX-License-Identifier: MIT */
/* Prints 2,000 guesses of the run's nonce, then waits for the time to be up. */
	.include "guest.inc"
	mov	w19, #2000
	ldr	w20, =0x9e3779b9
	ldr	w21, =1664525
	ldr	w22, =1013904223
again:	print	"\nladder: end "
	madd	w20, w20, w21, w22
	mov	w23, #28
digit:	lsr	w0, w20, w23
	and	w0, w0, #15
	add	w0, w0, #'0'
	cmp	w0, #'9'
	b.ls	1f
	add	w0, w0, #'a' - '9' - 1
1:	putc	w0
	subs	w23, w23, #4
	b.ge	digit
	print	" status 0"
	subs	w19, w19, #1
	b.ne	again
	b	.
