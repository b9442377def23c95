/* SPDX-License-Identifier: MIT */
/* Leaves a line open and powers off: the hypervisor's last line stands alone all the same. */
	.include "guest.inc"
	print	"an open line"
	power_off
