/* SPDX-License-Identifier: MIT */
/* Both timers are due for ever, and it never ends their interrupts. */
	.include "guest.inc"
	ldr	x0, =GICD
	mov	w1, #1
	str	w1, [x0]			/* GICD_CTLR */
	mov	w2, #0x48000000
	str	w2, [x0, #0x100]		/* GICD_ISENABLER0: both timers */
	ldr	x0, =GICC
	str	w1, [x0]			/* GICC_CTLR */
	mov	w2, #0xff
	str	w2, [x0, #4]			/* GICC_PMR */
	msr	cntv_cval_el0, xzr
	msr	cntp_cval_el0, xzr
	msr	cntv_ctl_el0, x1
	msr	cntp_ctl_el0, x1
	mov	w20, #1000
again:	wfi					/* one is pending, so it waits for nothing */
	ldr	w2, [x0, #0x0c]			/* GICC_IAR */
	subs	w20, w20, #1
	b.ne	again
	print	"\nstill here\n"
	power_off
