/* SPDX-License-Identifier: MIT */
/* Prints by one instruction: string I/O, which is not emulated. */
	.include "guest.inc"
	cld
	mov	$text, %esi
	mov	$5, %ecx
	mov	$COM1, %edx
	rep outsb
	power_off
text:	.ascii	"text\n"
