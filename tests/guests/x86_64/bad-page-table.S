/* SPDX-License-Identifier: MIT */
/* Turns on paging with tables that lie outside its memory. */
	.include "guest.inc"
	mov	$NOTHING, %eax
	mov	%eax, %cr3
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0
	power_off
