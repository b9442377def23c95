/* SPDX-License-Identifier: MIT */
/* An illegal instruction, and no handler: three faults in a row. */
	.include "guest.inc"
	ud2
	power_off
