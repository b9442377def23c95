/* SPDX-License-Identifier: MIT */
/* Executes a device's registers. */
	.include "guest.inc"
	mov	$LAPIC, %eax
	jmp	*%eax
