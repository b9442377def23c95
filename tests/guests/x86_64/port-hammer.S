/* SPDX-License-Identifier: MIT */
/* Any port, of any width, but those that power it off and reset it. */
	.include "guest.inc"
	mov	$FIRST, %ebx
	mov	$5000, %ebp
again:	next
	mov	%ebx, %edx
	shr	$16, %edx
	mov	%edx, %eax
	and	$0xfff8, %eax
	cmp	$0x600, %eax			/* 0x604 to 0x607, and what reaches into them */
	je	1f
	cmp	$COM1, %eax			/* and what would be seen */
	je	1f
	mov	%ebx, %eax
	out	%al, %dx
	out	%ax, %dx
	out	%eax, %dx
	in	%dx, %al
	in	%dx, %ax
	in	%dx, %eax
1:	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off
