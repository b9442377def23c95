/* SPDX-License-Identifier: MIT */
/* Any command to the flash, of any width that a flash takes. */
	.include "guest.inc"
	mov	x0, #0
	ldr	w19, =0x9e3779b9
	ldr	w21, =1664525
	ldr	w22, =1013904223
	mov	w20, #4000
again:	madd	w19, w19, w21, w22
	ubfx	w1, w19, #20, #8
	lsl	w1, w1, #2
	str	w19, [x0, x1]
	ldr	w2, [x0, x1]
	subs	w20, w20, #1
	b.ne	again
	print	"\nstill here\n"
	power_off
