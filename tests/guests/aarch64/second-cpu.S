/* SPDX-License-Identifier: MIT */
/*
 * Starts a second CPU, twice, which turns itself off each time: PSCI's CPU_ON, AFFINITY_INFO and
 * CPU_OFF (DEN0022, 5.6, 5.7, 5.5), and what they answer to calls that are wrong.
 */
	.equ	CPU_OFF, 0x84000002
	.equ	CPU_ON, 0xc4000003
	.equ	AFFINITY_INFO, 0xc4000004
	.equ	INVALID_PARAMETERS, -2
	.equ	ALREADY_ON, -4
	.equ	INVALID_ADDRESS, -9
	.equ	ON, 0
	.equ	OFF, 1

	.include "guest.inc"

	.macro	answers	function, affinity, entry, context, expected
	mov	x1, #\affinity
	\entry
	ldr	x3, =\context
	call	\function
	cmp	x0, #\expected
	b.ne	wrong
	.endm

	answers	CPU_ON, 0, "adr x2, second", 0, ALREADY_ON
	answers	CPU_ON, 2, "adr x2, second", 0, INVALID_PARAMETERS
	answers	CPU_ON, 1, "mov x2, #0x30000000", 0, INVALID_ADDRESS
	answers	AFFINITY_INFO, 1, "mov x2, #0", 0, OFF

	answers	CPU_ON, 1, "adr x2, second", 0x1234567812345678, 0
	answers	CPU_ON, 1, "adr x2, second", 0, ALREADY_ON
	answers	AFFINITY_INFO, 1, "mov x2, #0", 0, ON
	ldr	x20, =0x1234567812345678
	bl	wait_for_second
	answers	CPU_ON, 1, "adr x2, second", 0x5a5a, 0
	mov	x20, #0x5a5a
	bl	wait_for_second
	print	"\ntwice on and off\n"
	power_off
wrong:
	print	"\na wrong answer\n"
	fail

/* Until it is off; then it must have been told x20. */
wait_for_second:
	mov	x1, #1
	mov	x2, #0
	call	AFFINITY_INFO
	cmp	x0, #OFF
	b.ne	wait_for_second
	adr	x1, told
	ldr	x0, [x1]
	cmp	x0, x20
	b.ne	wrong
	ret

second:
	adr	x1, told
	str	x0, [x1]
	mrs	x2, MPIDR_EL1
	and	x2, x2, #0xffffff
	mrs	x3, SCTLR_EL1
	tbnz	x3, #0, 1f			/* its MMU is off */
	cmp	x2, #1
	b.eq	2f
1:	str	xzr, [x1]
2:	call	CPU_OFF
	b	.

	.balign	8
told:	.quad	0
