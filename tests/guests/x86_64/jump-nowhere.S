/* SPDX-License-Identifier: MIT */
/* Jumps to an address where there is nothing. */
	.include "guest.inc"
	mov	$NOTHING, %eax
	jmp	*%eax
