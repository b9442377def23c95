/* SPDX-License-Identifier: MIT */
/*
 * Starts a second CPU, twice, by INIT and start-up IPIs (SDM 8.4.4.1); it stops each time. Before
 * that one that is not there.
 */
	.include "guest.inc"
	.equ	ICR, LAPIC + 0x300
	.equ	TRAMPOLINE, 0x8000

	mov	$trampoline, %esi
	mov	$TRAMPOLINE, %edi
	mov	$trampoline_end - trampoline, %ecx
	rep movsb
	movl	$0x1ff, LAPIC + 0xf0

	movl	$7 << 24, ICR + 0x10		/* nobody */
	movl	$0x4500, ICR
	movl	$0x4600 + TRAMPOLINE / 4096, ICR
	movl	$1 << 24, ICR + 0x10
	mov	$2, %ebp
again:	movl	$0, told
	movl	$0x4500, ICR			/* INIT */
	movl	$0x4600 + TRAMPOLINE / 4096, ICR
	movl	$0x4600 + TRAMPOLINE / 4096, ICR	/* a second one is for CPUs that are old */
1:	pause
	cmpl	$0x01000001, told		/* its number, and 1 */
	jne	1b
	dec	%ebp
	jnz	again
	print	"\ntwice on and off\n"
	power_off

	.code16
trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	trampoline_gdt - trampoline
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$8, $second
trampoline_gdt:
	.word	23
	.long	gdt
trampoline_end:

	.code32
second:	mov	$16, %eax
	mov	%eax, %ds
	mov	LAPIC + 0x20, %eax
	inc	%eax
	mov	%eax, told
1:	cli
	hlt
	jmp	1b

	.section .data
told:	.long	0
