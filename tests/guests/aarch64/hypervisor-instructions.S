/* SPDX-License-Identifier: MIT */
/* What only a hypervisor may do: each must come back as undefined. */
	.include "guest.inc"
	adr	x0, vectors
	msr	vbar_el1, x0
	isb
	mov	x19, #0
	msr	vttbr_el2, xzr			/* 1 */
	mrs	x1, hcr_el2			/* 2 */
	msr	vbar_el2, xzr			/* 3 */
	tlbi	vmalls12e1			/* 4 */
	at	s1e2r, x0			/* 5 */
	msr	elr_el2, xzr			/* 6 */
	mrs	x1, cnthctl_el2			/* 7 */
	msr	scr_el3, xzr			/* 8 */
	cmp	x19, #8
	b.ne	failed
	print	"\n8 handled\n"
	power_off
failed:	print	"\nnot all were undefined\n"
	fail

handler:
	mrs	x0, esr_el1
	lsr	x0, x0, #26
	cbnz	x0, failed
	add	x19, x19, #1
	mrs	x0, elr_el1
	add	x0, x0, #4
	msr	elr_el1, x0
	eret
	vectors	handler
