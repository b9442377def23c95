/* SPDX-License-Identifier: MIT */
/* Any value to any register of the HPET. */
	.include "guest.inc"
	mov	$FIRST, %ebx
	mov	$5000, %ebp
again:	next
	mov	%ebx, %edx
	shr	$22, %edx
	and	$0x3fc, %edx
	mov	%ebx, 0xfed00000(%edx)
	mov	0xfed00000(%edx), %eax
	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off
