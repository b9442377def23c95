/* SPDX-License-Identifier: MIT */
/*
 * The first instruction: S-mode, no paging, a0 = hart id, a1 = a device tree that is not looked
 * at, a2 = the loader's word for main.c. Paging is on before the first line of C, with all of
 * 0x80000000 to 0xbfffffff in one 1 GiB page.
 */
#include "arch_types.h"

	.section .text.start, "ax"
	.globl	_start
_start:
	csrw	sie, zero
	csrw	sscratch, zero			# "in the kernel", see trap.S
	la	t0, boot_table
	srli	t0, t0, 12
	li	t1, SATP_SV39
	or	t0, t0, t1
	csrw	satp, t0
	sfence.vma
	la	t0, bss_start			# a raw image has no .bss
	la	t1, bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	sp, boot_stack_top
	mv	a0, a2
	tail	kernel_main

	.data
	.balign	4096
boot_table:
	.quad	0, 0
	.quad	(0x80000000 >> 12 << 10) | 0xcf	# V R W X A D
	.skip	4096 - 24

	.bss
	.balign	16
	.skip	4096
boot_stack_top:
