/* SPDX-License-Identifier: MIT */
/* Writes to a register that a PL011 does not have. */
	.include "guest.inc"
	ldr	x0, =UART
	str	wzr, [x0, #0x80]
	power_off
