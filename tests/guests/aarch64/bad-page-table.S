/* SPDX-License-Identifier: MIT */
/* Turns on paging with tables that lie outside its memory. */
	.include "guest.inc"
	ldr	x0, =0x70000000
	msr	ttbr0_el1, x0
	mov	x0, #25				/* T0SZ: 39 bits */
	msr	tcr_el1, x0
	mrs	x0, sctlr_el1
	orr	x0, x0, #1
	isb
	msr	sctlr_el1, x0
	isb
	power_off
