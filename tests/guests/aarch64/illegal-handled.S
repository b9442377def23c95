/* SPDX-License-Identifier: MIT */
/* A thousand undefined instructions, each handled: its own matter, so it ends well. */
	.include "guest.inc"
	adr	x0, vectors
	msr	vbar_el1, x0
	isb
	mov	x19, #0
	mov	x20, #1000
again:	udf	#0
	subs	x20, x20, #1
	b.ne	again
	cmp	x19, #1000
	b.ne	failed
	print	"\n1000 handled\n"
	power_off
failed:	print	"\nnot all were handled\n"
	fail

handler:
	add	x19, x19, #1
	mrs	x0, elr_el1
	add	x0, x0, #4
	msr	elr_el1, x0
	eret
	vectors	handler
