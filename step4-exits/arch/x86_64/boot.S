/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <arch/x86.h>

/*
 * A boot loader that knows the Multiboot Specification 0.6.96 (QEMU's -kernel, GRUB, the ROM that
 * stands for both under Bochs) finds this header in the first 8 KiB, loads the image and enters
 * _start in 32-bit protected mode: EAX = MULTIBOOT_LOADED, EBX = address of its information, paging
 * off, interrupts off, flat segments (3.2).
 */
#define MULTIBOOT_HEADER 0x1badb002
#define MULTIBOOT_FLAGS  0x00000002	/* tell us of memory */

/* A page-table entry (SDM 4.5): present, writable, maps a large page */
#define PTE_TABLE 0x03
#define PTE_LARGE 0x83

	.section .text.start, "ax"
	.balign	4
	.long	MULTIBOOT_HEADER
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_HEADER + MULTIBOOT_FLAGS)

	.code32
ENTRY(_start)
	cld
	mov	%ebx, %esi			/* the information; nothing below uses esi */

	mov	$bss_start, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	shr	$2, %ecx
	xor	%eax, %eax
	rep stosl

	/*
	 * Four-level tables that map the first 4 GiB to themselves, in pages of 2 MiB: long mode
	 * wants paging on.
	 */
	movl	$(level3 + PTE_TABLE), level4
	mov	$level2, %eax
	or	$PTE_TABLE, %eax
	mov	$level3, %edi
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$4096, %eax
	add	$8, %edi
	loop	1b
	mov	$PTE_LARGE, %eax
	mov	$level2, %edi
	mov	$(4 * 512), %ecx
1:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b

	/* The order is the manual's (SDM 10.8.5): PAE, CR3, EFER.LME, then paging. */
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$level4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	mov	%cr0, %eax
	and	$~CR0_CACHES_OFF, %eax		/* as they are after a reset (SDM 12.5.1) */
	or	$(CR0_PG | CR0_WP), %eax
	mov	%eax, %cr0

	lgdt	gdt_pointer
	ljmp	$SELECTOR_CODE, $long_mode

	.code64
long_mode:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$boot_stack_top, %rsp

	mov	$1, %eax
	cpuid
	shr	$24, %ebx			/* the APIC id (CPUID leaf 1) */
	mov	%ebx, %edi
	mov	%esi, %esi			/* the upper half is not defined */
	call	hv_main				/* does not return */
END(_start)

	.section .data
	.balign	8
	.globl	gdt
gdt:
	.quad	0
	.quad	0x00af9a000000ffff		/* SELECTOR_CODE: 64-bit, level 0 (SDM 3.4.5) */
	.quad	0x00cf92000000ffff		/* SELECTOR_DATA */
	.quad	0, 0				/* SELECTOR_TSS: vmx.c fills it */
gdt_pointer:
	.word	. - gdt - 1
	.quad	gdt

	.section .bss
	.balign	4096
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4 * 4096

	.section .stack, "aw", @nobits
	.balign	16
boot_stack:
	.skip	16384
boot_stack_top:
