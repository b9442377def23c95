/* SPDX-License-Identifier: MIT */
/*
 * The first instruction, and a multiboot 1 header for loaders that look for one (Multiboot
 * Specification 0.6.96, 3.1): 32-bit protected mode, paging and interrupts off, flat segments,
 * edx = the loader's word for main.c. Paging is on before the first line of C, with all below
 * 4 GiB in four pages of 1 GiB.
 */
#include "arch_types.h"

#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_FLAGS	0x00010002	/* tell of memory; the addresses are below */

#define CR4		0x000000a0	/* PAE, PGE */
#define CR0		0x8001002b	/* PG, WP, NE, TS, MP, PE */
#define MSR_EFER	0xc0000080
#define EFER		0x900		/* NXE, LME */

	.section .text.start, "ax"
	.code32
	.globl	_start
_start:
	jmp	1f
	.balign	4
multiboot:
	.long	MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	multiboot, _start, 0, bss_end, _start	/* 0: all of the file */

1:	mov	%edx, %esi
	mov	$CR4, %eax			/* the order is the manual's (SDM 10.8.5) */
	mov	%eax, %cr4
	mov	$boot_table, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$EFER, %eax
	xor	%edx, %edx
	wrmsr
	mov	$CR0, %eax
	mov	%eax, %cr0
	lgdt	boot_gdt_pointer
	ljmp	$KERNEL_CODE, $2f

	.code64
2:	mov	$KERNEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%esi, %ebx
	mov	$bss_start, %edi		/* a raw image has no .bss */
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	xor	%eax, %eax
	rep stosb
	mov	$boot_stack_top, %esp
	mov	%ebx, %edi
	call	kernel_main

	.data
	.balign	8
boot_gdt:
	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_pointer:
	.word	. - boot_gdt - 1
	.long	boot_gdt

	.balign	4096
boot_table:
	.quad	boot_level_3 + 0x3
	.skip	4096 - 8
boot_level_3:
	.irp	gib, 0, 1, 2, 3
	.quad	(\gib << 30) + 0x83
	.endr
	.skip	4096 - 32

	.bss
	.balign	16
	.skip	4096
boot_stack_top:
