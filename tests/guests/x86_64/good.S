/* SPDX-License-Identifier: MIT */
/* Does nothing wrong, so that the others' images are known to be built and started well. */
	.include "guest.inc"
	print	"\nwell\n"
	power_off
