/* SPDX-License-Identifier: MIT */
/* Lets a timer interrupt come without anything that handles exceptions. */
	.include "guest.inc"
	ldr	x0, =GICD
	mov	w1, #1
	str	w1, [x0]			/* GICD_CTLR */
	mov	w2, #1 << 27
	str	w2, [x0, #0x100]		/* GICD_ISENABLER0: the virtual timer */
	ldr	x0, =GICC
	str	w1, [x0]			/* GICC_CTLR */
	mov	w2, #0xff
	str	w2, [x0, #4]			/* GICC_PMR */
	mov	x2, #100
	msr	cntv_tval_el0, x2
	msr	cntv_ctl_el0, x1
	msr	daifclr, #2
	b	.
