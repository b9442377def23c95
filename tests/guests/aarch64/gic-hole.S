/* SPDX-License-Identifier: MIT */
/* Writes to an address in the distributor's page where no register is. */
	.include "guest.inc"
	ldr	x0, =GICD
	str	w0, [x0, #0x040]		/* IHI 0048B, 4.1.2: reserved */
	print	"\nignored\n"
	power_off
