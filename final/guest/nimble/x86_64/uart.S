/* SPDX-License-Identifier: MIT */
/*
 * u64 uart_access(u64 port, u64 value, bool out, u64 after[16])
 *
 * Every register must survive an access that someone else makes in our place, but al where it is
 * loaded. So all of them hold something known then (register N, by the instructions' numbers,
 * UART_PATTERN + N; rdx the port; rax the value), and what they hold afterwards goes to after[]:
 * uart.c compares. Interrupts are off, so nothing but the access may need rsp.
 */
#include "uart.h"

	.macro	pattern reg, n
	movabs	$(UART_PATTERN + \n), %\reg
	.endm

	.macro	each_register op		/* but rax */
	\op	rcx, 1
	\op	rdx, 2
	\op	rbx, 3
	\op	rsp, 4
	\op	rbp, 5
	\op	rsi, 6
	\op	rdi, 7
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	\op	r\n, \n
	.endr
	.endm

	.macro	save reg, n
	mov	%\reg, after + 8 * \n
	.endm

	.macro	keep reg, n
	mov	%\reg, kept + 8 * \n
	.endm

	.macro	restore reg, n
	mov	kept + 8 * \n, %\reg
	.endm

	.text
	.globl	uart_access
uart_access:
	each_register keep
	mov	%rsi, %rax
	test	%dl, %dl			/* the flags are to survive too */
	each_register pattern
	mov	kept + 8 * 7, %rdx		/* rdi was the port */
	jz	1f
	out	%al, %dx
	jnz	2f
1:	in	%dx, %al
2:	mov	%rax, after
	each_register save

	each_register restore
	mov	$after, %esi
	mov	%rcx, %rdi
	mov	$16, %ecx
	rep movsq
	mov	after, %rax
	ret

	.bss
	.balign	8
kept:	.skip	8 * 16
after:	.skip	8 * 16
