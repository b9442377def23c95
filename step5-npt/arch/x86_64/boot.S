/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <arch/board.h>
#include <arch/x86.h>

/*
 * A boot loader that knows the Multiboot Specification 0.6.96 (QEMU's -kernel, GRUB, the ROM that
 * stands for both under Bochs) finds this header in the first 8 KiB, loads the image and enters
 * _start in 32-bit protected mode: EAX = MULTIBOOT_LOADED, EBX = address of its information, paging
 * off, interrupts off, flat segments (3.2).
 */
#define MULTIBOOT_HEADER 0x1badb002
#define MULTIBOOT_FLAGS  0x00000002	/* tell us of memory */

#define CPUID_EXTENDED	0x80000001
#define CPUID_LONG_MODE	29		/* its EDX (SDM volume 2, CPUID) */

/* A page-table entry (SDM 4.5): present, writable, maps a large page */
#define PTE_TABLE 0x03
#define PTE_LARGE 0x83
#define PTE_SMALL 0x03

	.section .text.start, "ax"
	.balign	4
	.long	MULTIBOOT_HEADER
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_HEADER + MULTIBOOT_FLAGS)

	.code32
ENTRY(_start)
	cld
	mov	%ebx, %esi			/* the information; nothing below uses esi */

	mov	$(CPUID_EXTENDED - 1), %eax
	cpuid
	cmp	$CPUID_EXTENDED, %eax
	jb	no_long_mode
	mov	$CPUID_EXTENDED, %eax
	cpuid
	bt	$CPUID_LONG_MODE, %edx
	jnc	no_long_mode

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

	/* But the first 2 MiB in small pages, without the first: a null pointer is to fault. */
	movl	$(level1 + PTE_TABLE), level2
	mov	$(4096 + PTE_SMALL), %eax
	mov	$(level1 + 8), %edi
	mov	$511, %ecx
1:	mov	%eax, (%edi)
	add	$4096, %eax
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

/* No C code runs on such a CPU, so this stands for console.c: all words to COM1, then the end. */
no_long_mode:
	mov	$(BOARD_COM1 + 3), %edx
	mov	$3, %al				/* eight bits, no parity, one stop bit */
	out	%al, %dx
	mov	$no_long_mode_words, %esi
	mov	$(shutdown - no_long_mode_words), %ecx
1:	mov	$(BOARD_COM1 + 5), %edx		/* the line's status: is there room? */
	in	%dx, %al
	test	$0x20, %al
	jz	1b
	mov	$BOARD_COM1, %edx
	outsb
	loop	1b
	mov	$BOARD_QEMU_EXIT, %edx
	mov	$1, %al
	out	%al, %dx
	mov	$8, %ecx
	mov	$BOARD_BOCHS_EXIT, %edx
	rep outsb
1:	hlt
	jmp	1b

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

no_long_mode_words:
	.ascii	"\r\nladder: the CPU has no 64-bit mode (CPUID)\r\n"
shutdown:
	.ascii	"Shutdown"

	.section .bss
	.balign	4096
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4 * 4096
level1:	.skip	4096

	.section .stack, "aw", @nobits
	.balign	16
boot_stack:
	.skip	16384
boot_stack_top:
