/* SPDX-License-Identifier: MIT */
/* Two things that usertests cannot say in C. */
	.section .user.text, "ax"

/* A privileged instruction in user mode. */
	.globl	user_bad_instruction
user_bad_instruction:
	mrs	x0, sctlr_el1
	ret

/* u64 user_mix_registers(u64 seed): a value that goes once through all registers but sp and x30. */
	.globl	user_mix_registers
user_mix_registers:
	stp	x18, x19, [sp, #-96]!
	stp	x20, x21, [sp, #16]
	stp	x22, x23, [sp, #32]
	stp	x24, x25, [sp, #48]
	stp	x26, x27, [sp, #64]
	stp	x28, x29, [sp, #80]
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
	add	x\n, x0, #\n
	.endr
	mov	x0, #2000			// long enough for a tick to come now and then
1:	subs	x0, x0, #1
	b.ne	1b
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
	eor	x0, x\n, x0, lsl #1
	.endr
	ldp	x20, x21, [sp, #16]
	ldp	x22, x23, [sp, #32]
	ldp	x24, x25, [sp, #48]
	ldp	x26, x27, [sp, #64]
	ldp	x28, x29, [sp, #80]
	ldp	x18, x19, [sp], #96
	ret
