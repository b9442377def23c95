/* SPDX-License-Identifier: MIT */
/* What only a hypervisor may do: each must come back as illegal. */
	.include "guest.inc"
	la	t0, handler
	csrw	stvec, t0
	csrw	hgatp, zero		/* 1 */
	csrr	t1, hstatus		/* 2 */
	csrw	hedeleg, zero		/* 3 */
	.word	0x62000073		/* 4: hfence.gvma */
	.word	0x22000073		/* 5: hfence.vvma */
	.word	0x6c0042f3		/* 6: hlv.d t0, (zero) */
	csrr	t1, vsatp		/* 7 */
	csrw	mstatus, zero		/* 8 */
	li	t0, 8
	bne	s1, t0, failed
	print	"\n8 handled\n"
	power_off
failed:	print	"\nnot all were illegal\n"
	.word	0xffffffff

	.balign	4
handler:
	csrr	t0, scause
	li	t1, 2
	bne	t0, t1, failed
	addi	s1, s1, 1
	csrr	t0, sepc
	addi	t0, t0, 4
	csrw	sepc, t0
	sret
