/* SPDX-License-Identifier: MIT */
/*
 * The first instruction: EL1, MMU off, interrupts masked, x2 = the loader's word for main.c. The
 * MMU is on before the first line of C, with two 1 GiB blocks: devices from 0, RAM from 0x40000000.
 */
#include "arch_types.h"

#define MAIR		((0xff << 8 * ATTR_NORMAL) | (0x04 << 8 * ATTR_DEVICE))
/* 48-bit addresses, tables in write-back memory, nothing by TTBR1, 40-bit output addresses */
#define TCR		(16 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32)
#define SCTLR_M_C_I	(1 << 0 | 1 << 2 | 1 << 12)

	.section .text.start, "ax"
	.globl	_start
_start:
	msr	spsel, #1
	ldr	x9, =MAIR
	msr	mair_el1, x9
	ldr	x9, =TCR
	msr	tcr_el1, x9
	ldr	x9, =boot_table
	msr	ttbr0_el1, x9
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	mrs	x9, sctlr_el1
	ldr	x10, =SCTLR_M_C_I
	orr	x9, x9, x10
	msr	sctlr_el1, x9
	isb
	ldr	x9, =bss_start			// a raw image has no .bss
	ldr	x10, =bss_end
1:	str	xzr, [x9], #8
	cmp	x9, x10
	b.lo	1b
	ldr	x9, =boot_stack_top
	mov	sp, x9
	mov	x0, x2
	b	kernel_main

	.data
	.balign	4096
boot_table:
	.quad	boot_level_1 + 3
	.skip	4096 - 8
boot_level_1:
	.quad	0x0060000000000405		// device, not to be executed
	.quad	0x0040000040000701		// normal, inner shareable
	.skip	4096 - 16

	.bss
	.balign	16
	.skip	4096
boot_stack_top:
