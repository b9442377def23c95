/* SPDX-License-Identifier: MIT */
/*
 * long sbi_legacy_call(u64 arg, u64 extension, u64 after[32])
 *
 * Every register but a0 must survive a legacy call. So all of them hold something known when it
 * is made (xN holds SBI_PATTERN + N, sp and s0 what sbi_sp holds, a7 the extension), and what
 * they hold afterwards goes to after[]: sbi.c compares.
 */
#include "sbi.h"

#define AFTER	128		/* where it is on our stack; below it, what is ours to keep */

	.text
	.globl	sbi_legacy_call
sbi_legacy_call:
	addi	sp, sp, -(AFTER + 256)
	sd	ra, 0(sp)
	sd	gp, 8(sp)
	sd	tp, 16(sp)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, 24 + 8 * \n(sp)
	.endr
	sd	a2, 120(sp)
	la	t0, sbi_sp
	sd	sp, 0(t0)

	mv	a7, a1
	mv	s0, sp
	li	x31, SBI_PATTERN
	.irp	n, 1,3,4,5,6,7,9,11,12,13,14,15,16,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	addi	x\n, x31, \n
	.endr
	ecall
	bne	sp, s0, 3f
	sd	sp, AFTER + 16(sp)
1:	.irp	n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sd	x\n, AFTER + 8 * \n(sp)
	.endr

	ld	a2, 120(sp)
	addi	t0, sp, AFTER
	addi	t1, sp, AFTER + 256
2:	ld	t2, 0(t0)
	sd	t2, 0(a2)
	addi	t0, t0, 8
	addi	a2, a2, 8
	bltu	t0, t1, 2b

	ld	ra, 0(sp)
	ld	gp, 8(sp)
	ld	tp, 16(sp)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, 24 + 8 * \n(sp)
	.endr
	addi	sp, sp, AFTER + 256
	ret

3:	mv	t1, sp				# sp or s0 was lost: with what they were before, the
	la	t0, sbi_sp			# report can still be made (t0 and t1 are then wrong
	ld	sp, 0(t0)			# in it, but sbi.c looks at sp and s0 first)
	sd	t1, AFTER + 16(sp)
	j	1b

	.bss
	.balign	8
	.globl	sbi_sp
sbi_sp:
	.skip	8
