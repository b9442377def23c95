/* SPDX-License-Identifier: MIT */
/* Any value to any register of the local APIC and the IO-APIC; nothing is ever taken. */
	.include "guest.inc"
	cli
	mov	$FIRST, %ebx
	mov	$20000, %ebp
again:	next
	mov	%ebx, %edx
	shr	$20, %edx
	and	$0x3f0, %edx
	cmp	$0x300, %edx			/* ICR: an INIT, or an IPI that is a SIPI, ends it */
	je	1f
	mov	%ebx, LAPIC(%edx)
	mov	LAPIC(%edx), %eax
1:	mov	%ebx, %eax
	shr	$10, %eax
	and	$0x3f, %eax
	mov	%eax, IOAPIC
	mov	%ebx, IOAPIC + 0x10
	mov	IOAPIC + 0x10, %eax
	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off
