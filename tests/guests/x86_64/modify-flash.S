/* SPDX-License-Identifier: MIT */
/* Sets a bit in a byte of the flash's id, which can be read byte by byte, but not written. */
	.include "guest.inc"
	movl	$0x900090, 0xff000000
	orb	$1, 0xff000000
	power_off
