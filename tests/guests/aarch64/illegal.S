/* SPDX-License-Identifier: MIT */
/* An undefined instruction, and nothing that handles exceptions. */
	.include "guest.inc"
	udf	#0
	power_off
