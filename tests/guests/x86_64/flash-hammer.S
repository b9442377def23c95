/* SPDX-License-Identifier: MIT */
/* Any command to the flash, of any width that a flash takes. */
	.include "guest.inc"
	mov	$FIRST, %ebx
	mov	$4000, %ebp
again:	next
	mov	%ebx, %eax
	shr	$20, %eax
	and	$0xfc, %eax
	mov	%ebx, 0xff000000(%eax)
	mov	0xff000000(%eax), %ecx
	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off
