/* SPDX-License-Identifier: MIT */
/* A handler that is illegal itself: it never gets anywhere. */
	.include "guest.inc"
	handle	6, handler
handler:
	mov	$STACK, %esp
	ud2
