/* SPDX-License-Identifier: MIT */
/* An atomic operation on a device, which no device model can do. */
	.include "guest.inc"
	ldr	x0, =UART
	ldxr	w1, [x0]
	stxr	w2, w1, [x0]
	power_off
