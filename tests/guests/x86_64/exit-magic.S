/* SPDX-License-Identifier: MIT */
/* What ends Bochs, where the hypervisor ends it by the same. */
	.include "guest.inc"
	forged_line
	xchg	%bx, %bx
	fail
