/* SPDX-License-Identifier: MIT */
/*
 * Goes the way of every PC's firmware and boot loader: from real mode to protected mode and on to
 * 64-bit mode, with tables of its own, and prints in each. Before the second stage there was no
 * guest without paging; now the hypervisor needs none of the guest's tables (SDM 26.6,
 * "Unrestricted Guests"; APM 15.25).
 *
 * Entered at segment 0x800, offset 0, with rcx = 1 where the hypervisor is called by vmmcall and 0
 * where by vmcall.
 */
#define LADDER	   0x4c414400		/* see guest/lib/x86_64/hypercall.h */
#define DONE	   1
#define PUTC	   3
#define STACK	   0xf000

#define CODE32	   0x08
#define DATA	   0x10
#define CODE64	   0x18

#define CR0_PE	   0x1
#define CR0_PG	   0x80000000
#define CR4_PAE	   0x20
#define MSR_EFER   0xc0000080
#define EFER_LME   0x100
#define EFER_LMA   0x400

/* The same instructions in each mode, which the assembler encodes for the one that it is in. */
	.macro	call_ladder function	/* edi = argument */
	mov	$(LADDER + \function), %eax
	testb	$1, by_vmmcall
	jnz	1f
	vmcall
	jmp	2f
1:	vmmcall
2:
	.endm

	.macro	say text
	mov	$text_\@, %ebx
3:	movzbl	(%ebx), %edi
	test	%edi, %edi
	jz	4f
	call_ladder PUTC
	inc	%ebx
	jmp	3b
4:
	.pushsection .data
text_\@: .asciz	"\text"
	.popsection
	.endm

	.text
	.code16
	.globl	_start
_start:
	ljmp	$0, $1f				/* cs = 0, so that offsets are addresses */
1:	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$STACK, %esp
	mov	%cl, by_vmmcall

	/* What makes real mode: 64 KiB segments by arithmetic, and 16-bit operands. */
	mov	$0x1234, %ax
	mov	%ax, %es
	mov	$0x5678, %bx
	push	%es
	pop	%cx
	cmp	%cx, %ax
	jne	wrong16
	smsw	%ax
	test	$CR0_PE, %al
	jnz	wrong16
	movb	$0x5a, %es:-0x8000(%bx)		/* 0x12340 + 0xd678 */
	mov	$0x1000, %ax
	mov	%ax, %es
	cmpb	$0x5a, %es:0xf9b8
	jne	wrong16
	say	"  realmode: a line from real mode\n"

	lgdtl	gdt_pointer
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$CODE32, $protected		/* SDM 10.9.1 */
wrong16:
	mov	$1, %edi
	call_ladder DONE

	.code32
protected:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	say	"  realmode: a line from protected mode, without paging\n"

	/* One page of 2 MiB, mapped to itself: PAE, CR3, EFER.LME, then paging (SDM 10.8.5). */
	movl	$(level3 + 3), level4
	movl	$(level2 + 3), level3
	movl	$0x83, level2
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$level4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	rdmsr
	test	$EFER_LMA, %eax			/* the CPU's own answer */
	jz	wrong
	ljmp	$CODE64, $long_mode
wrong:
	mov	$1, %edi
	call_ladder DONE

	.code64
long_mode:
	say	"  realmode: a line from 64-bit mode\n"
	xor	%edi, %edi
	call_ladder DONE

	.data
by_vmmcall:
	.byte	0
	.balign	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff		/* CODE32 */
	.quad	0x00cf93000000ffff		/* DATA */
	.quad	0x00af9b000000ffff		/* CODE64 */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.balign	4096
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4096
