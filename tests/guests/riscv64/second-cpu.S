/* SPDX-License-Identifier: MIT */
/*
 * Starts a second hart, twice, which stops itself each time: hart state management (SBI 2.0, 9), and
 * what it answers to calls that are wrong.
 */
	.equ	HSM, 0x48534d
	.equ	HART_START, 0
	.equ	HART_STOP, 1
	.equ	HART_GET_STATUS, 2
	.equ	INVALID_PARAM, -3
	.equ	INVALID_ADDRESS, -5
	.equ	ALREADY_AVAILABLE, -6
	.equ	STARTED, 0
	.equ	STOPPED, 1

	.include "guest.inc"

	.macro	answers	function, hart, entry, opaque, expected
	li	a0, \hart
	\entry
	li	a2, \opaque
	sbi	HSM, \function
	li	t0, \expected
	bne	a0, t0, wrong
	.endm

	answers	HART_START, 0, "la a1, second", 0, ALREADY_AVAILABLE
	answers	HART_START, 2, "la a1, second", 0, INVALID_PARAM
	answers	HART_START, 1, "li a1, 0x30000000", 0, INVALID_ADDRESS
	call	status
	li	t0, STOPPED
	bne	a1, t0, wrong

	answers	HART_START, 1, "la a1, second", 0x1234567812345678, 0
	answers	HART_START, 1, "la a1, second", 0, ALREADY_AVAILABLE
	call	status
	li	t0, STARTED
	bne	a1, t0, wrong
	li	s0, 0x1234567812345678
	call	wait_for_second
	answers	HART_START, 1, "la a1, second", 0x5a5a, 0
	li	s0, 0x5a5a
	call	wait_for_second
	print	"\ntwice on and off\n"
	power_off
wrong:
	print	"\na wrong answer\n"
	li	t0, 0x30000000
	jr	t0

status:
	li	a0, 1
	sbi	HSM, HART_GET_STATUS
	ret

/* Until it is stopped; then it must have been told s0. */
wait_for_second:
	li	a0, 1
	sbi	HSM, HART_GET_STATUS
	li	t0, STOPPED
	bne	a1, t0, wait_for_second
	la	t1, told
	ld	t0, (t1)
	bne	t0, s0, wrong
	ret

second:
	la	t1, told
	sd	a1, (t1)
	csrr	t2, satp
	bnez	t2, 1f				/* its MMU is off */
	li	t0, 1
	beq	a0, t0, 2f
1:	sd	zero, (t1)
2:	sbi	HSM, HART_STOP
	j	.

	.balign	8
told:	.quad	0
