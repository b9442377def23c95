/* SPDX-License-Identifier: MIT */
/* A handler of exceptions that is undefined itself: it never gets anywhere. */
	.include "guest.inc"
	adr	x0, vectors
	msr	vbar_el1, x0
	isb
handler:
	udf	#0
	vectors	handler
