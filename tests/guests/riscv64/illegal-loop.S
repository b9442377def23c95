/* SPDX-License-Identifier: MIT */
/* A trap handler that is illegal itself: it never gets anywhere. */
	.include "guest.inc"
	la	t0, handler
	csrw	stvec, t0
	.balign	4
handler:
	.word	0
