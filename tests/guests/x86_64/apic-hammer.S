/* SPDX-License-Identifier: MIT */
/* Any value to any register of the local APIC and the IO-APIC; nothing is ever taken. */
	.include "guest.inc"
	cli
	mov	$FIRST, %ebx
	mov	$5000, %ebp
again:	next
	mov	%ebx, %edx
	shr	$20, %edx
	and	$15, %edx
	movzwl	registers(, %edx, 2), %edx
	mov	%ebx, LAPIC(%edx)
	mov	LAPIC(%edx), %eax
	mov	%ebx, %eax
	shr	$10, %eax
	and	$0x3f, %eax
	mov	%eax, IOAPIC
	mov	%ebx, IOAPIC + 0x10
	mov	IOAPIC + 0x10, %eax
	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off

	.balign	2				/* not ICR, by which it could start itself anew */
registers:
	.word	0x20, 0x30, 0x80, 0xb0, 0xd0, 0xe0, 0xf0, 0x280, 0x310, 0x320, 0x350, 0x360, 0x370
	.word	0x380, 0x390, 0x3e0
