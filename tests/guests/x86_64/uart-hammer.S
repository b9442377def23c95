/* SPDX-License-Identifier: MIT */
/* Any value to any register of the UART, in loopback mode, of any width. */
	.include "guest.inc"
	mov	$FIRST, %ebx
	mov	$5000, %ebp
again:	next
	mov	$COM1 + 4, %edx
	mov	$0x10, %eax
	out	%al, %dx			/* MCR: loopback, so that nothing is printed */
	mov	%ebx, %edx
	shr	$20, %edx
	and	$7, %edx
	mov	%ebx, %eax
	shr	$8, %eax
	cmp	$4, %edx
	jne	1f
	or	$0x10, %eax
1:	add	$COM1, %edx
	out	%al, %dx
	in	%dx, %al
	in	%dx, %ax
	in	%dx, %eax
	dec	%ebp
	jnz	again
	mov	$COM1 + 1, %edx
	xor	%eax, %eax
	out	%al, %dx			/* IER */
	mov	$COM1 + 3, %edx
	mov	$3, %eax
	out	%al, %dx			/* LCR: 8 bits, DLAB = 0 */
	mov	$COM1 + 4, %edx
	out	%al, %dx
	print	"\nstill here\n"
	power_off
