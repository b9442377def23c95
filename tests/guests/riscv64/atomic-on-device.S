/* SPDX-License-Identifier: MIT */
/* An atomic operation on a device, which no device model can do. */
	.include "guest.inc"
	li	t0, 0x10000000
	amoswap.w t1, t0, (t0)
	power_off
