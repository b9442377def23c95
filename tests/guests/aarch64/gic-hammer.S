/* SPDX-License-Identifier: MIT */
/* Any value to any register of the distributor, and SGIs to everybody; nothing is ever taken. */
	.include "guest.inc"
	ldr	x0, =GICD
	ldr	w19, =0x9e3779b9
	ldr	w21, =1664525
	ldr	w22, =1013904223
	mov	w20, #20000
again:	madd	w19, w19, w21, w22
	ubfx	w1, w19, #18, #10
	lsl	w1, w1, #2
	str	w19, [x0, x1]
	ldr	w2, [x0, x1]
	subs	w20, w20, #1
	b.ne	again
	mov	w20, #1000
sgi:	madd	w19, w19, w21, w22
	str	w19, [x0, #0xf00]		/* GICD_SGIR */
	subs	w20, w20, #1
	b.ne	sgi
	print	"\nstill here\n"
	power_off
