/* SPDX-License-Identifier: MIT */
/*
 * The CPU has pushed ss, rsp, rflags, cs and rip, and for some exceptions an error code (SDM
 * 6.14.2, table 6-1). The handler needs no iret to go on: nothing but rip and rsp is to be
 * restored.
 */
	.text
	.balign	16
	.globl	catching_entries
catching_entries:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32
	.balign	16
	mov	$\n, %r8d
	.if	\n == 8 || (\n >= 10 && \n <= 14) || \n == 17 || \n == 21
	pop	%r9
	.endif
	jmp	1f
	.endr
1:	pop	%r10
	mov	16(%rsp), %rsp
	jmp	*%r11
