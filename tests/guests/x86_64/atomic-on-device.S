/* SPDX-License-Identifier: MIT */
/* An atomic operation on a device, which no device model can do. */
	.include "guest.inc"
	mov	$0x10, %eax
	lock xaddl %eax, LAPIC + 0x80
	power_off
