/* SPDX-License-Identifier: MIT */
/* Writes to a register that no local APIC has. */
	.include "guest.inc"
	movl	$0, LAPIC + 0x290
	power_off
