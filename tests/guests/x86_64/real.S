/* SPDX-License-Identifier: MIT */
/* Starts in real mode, where it is loaded below 1 MiB (BASE=0x8000), and ends there. */
	.code16
	.globl	_start
_start:	cli
	call	1f
1:	pop	%si				/* wherever it is */
	add	$text - 1b, %si
	push	%cs
	pop	%ds
2:	mov	$0x3fd, %dx
	in	%dx, %al
	test	$0x20, %al
	jz	2b
	mov	$0x3f8, %dx
	lodsb
	test	%al, %al
	jz	3f
	out	%al, %dx
	jmp	2b
3:	smsw	%ax
	test	$1, %al				/* PE */
	jnz	.
	mov	$0x604, %dx
	mov	$0x2000, %ax
	out	%ax, %dx
	jmp	.
text:	.asciz	"\nwell, in real mode\n"
