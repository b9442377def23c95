/* SPDX-License-Identifier: MIT */
/* Writes to the end of what an address can say here. */
	.include "guest.inc"
	movl	$0, 0xfffffff8
	power_off
