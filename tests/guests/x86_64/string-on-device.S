/* SPDX-License-Identifier: MIT */
/* Copies a device's registers by one instruction. */
	.include "guest.inc"
	cld
	mov	$LAPIC, %esi
	mov	$STACK, %edi
	mov	$4, %ecx
	rep movsl
	power_off
