/* SPDX-License-Identifier: MIT */
/* Ends interrupts that it never got, the host's too. */
	.include "guest.inc"
	ldr	x0, =GICC
	mov	w1, #0x201			/* EOIMODE too: EOIR and DIR apart */
	mov	w4, #2
each:	str	w1, [x0]
	mov	w2, #1024
	add	x3, x0, #0x1000
again:	sub	w2, w2, #1
	str	w2, [x0, #0x10]			/* GICC_EOIR */
	str	w2, [x3]			/* GICC_DIR */
	ldr	w5, [x0, #0x0c]			/* GICC_IAR */
	cbnz	w2, again
	mov	w1, #1
	subs	w4, w4, #1
	b.ne	each
	print	"\nstill here\n"
	power_off
