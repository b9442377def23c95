/* SPDX-License-Identifier: MIT */
/*
 * What a guest's kernel with a multiboot header is started by where it is to start in real mode
 * (entry=real). tree.c copies it to REAL_STUB; the vCPU begins there with that as the base of CS.
 */
#include <arch/asm.h>
#include <arch/linux.h>
#include <arch/x86.h>

#define HERE(label) (label - real_stub)

	.section .rodata
	.code16
ENTRY(real_stub)
	cli
	lgdtl	%cs:HERE(gdt_pointer)
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmpl	$SELECTOR_CODE, $(REAL_STUB + HERE(protected))

	.code32
protected:
	mov	$SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	$0x7000, %esp
	mov	$MULTIBOOT_LOADED, %eax
	jmp	*(REAL_STUB + HERE(real_stub_entry))

	.balign	8
gdt_table:
	.quad	0
	.quad	0x00cf9a000000ffff		/* SELECTOR_CODE: 32-bit, 4 GiB (SDM 3.4.5) */
	.quad	0x00cf92000000ffff		/* SELECTOR_DATA */
gdt_pointer:
	.word	. - gdt_table - 1
	.long	REAL_STUB + HERE(gdt_table)
	.globl	real_stub_entry, real_stub_end
real_stub_entry:
	.long	0				/* tree.c: where the kernel is entered */
real_stub_end:
END(real_stub)
