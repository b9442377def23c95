/* SPDX-License-Identifier: MIT */
/* A thousand illegal instructions, each handled: its own matter, so it ends well. */
	.include "guest.inc"
	la	t0, handler
	csrw	stvec, t0
	li	s0, 1000
again:	.word	0
	addi	s0, s0, -1
	bnez	s0, again
	li	t0, 1000
	bne	s1, t0, failed
	print	"\n1000 handled\n"
	power_off
failed:	print	"\nnot all were handled\n"
	.word	0

	.balign	4
handler:
	addi	s1, s1, 1
	csrr	t0, sepc
	addi	t0, t0, 4
	csrw	sepc, t0
	sret
