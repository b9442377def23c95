/* SPDX-License-Identifier: MIT */
/* Cleans and invalidates by address and by set and way, its memory and what is behind it. */
	.include "guest.inc"
	ldr	x0, =0x44000000
	dc	civac, x0
	dc	ivac, x0
	ic	ivau, x0
	ldr	x0, =UART
	dc	cvac, x0
	mov	x0, #0
1:	dc	cisw, x0
	add	x0, x0, #64
	tbz	x0, #16, 1b
	ic	iallu
	tlbi	vmalle1
	dsb	sy
	print	"\nstill here\n"
	power_off
