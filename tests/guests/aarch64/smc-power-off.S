/* SPDX-License-Identifier: MIT */
/* Ends by an smc. */
	.include "guest.inc"
	print	"\nwell\n"
	power_off smc
