/* SPDX-License-Identifier: MIT */
/* Two things that usertests cannot say in C. */
	.section .user.text, "ax"

/* A privileged instruction in user mode. */
	.globl	user_bad_instruction
user_bad_instruction:
	csrr	a0, sstatus
	ret

/* u64 user_mix_registers(u64 seed): a value that goes once through every register but sp and ra. */
	.globl	user_mix_registers
user_mix_registers:
	addi	sp, sp, -112
	sd	gp, 96(sp)
	sd	tp, 104(sp)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, 8 * \n(sp)
	.endr
	addi	x3, a0, 3
	.irp	n, 4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	addi	x\n, a0, \n
	.endr
	li	a0, 2000			# long enough for a tick to come now and then
1:	addi	a0, a0, -1
	bnez	a0, 1b
	.irp	n, 3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	slli	a0, a0, 1
	xor	a0, a0, x\n
	.endr
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, 8 * \n(sp)
	.endr
	ld	gp, 96(sp)
	ld	tp, 104(sp)
	addi	sp, sp, 112
	ret
