/* SPDX-License-Identifier: MIT */
/* Reads a register of the local APIC byte by byte, which is nobody's right (SDM 11.4.1). */
	.include "guest.inc"
	movb	LAPIC + 0x21, %al
	power_off
