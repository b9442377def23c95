/* SPDX-License-Identifier: MIT */
/* Any value to CR0, CR4 and XCR0: what is not legal is the guest's own fault. Without paging. */
	.include "guest.inc"
	handle	6, ud_handler
	handle	13, handler
	mov	$FIRST, %ebx
	mov	$5000, %ebp
again:	next
	mov	%cr0, %ecx
	mov	%ebx, %eax
	and	$0x6005002e, %eax		/* CD NW AM WP NE TS EM MP; PE stays 1 and PG 0 */
	or	$0x11, %eax
	mov	$1f, %edi
	mov	%eax, %cr0
1:	mov	%ecx, %cr0
	mov	%cr4, %ecx
	mov	$2f, %edi
	mov	%ebx, %cr4
2:	mov	$3f, %edi
	mov	%ecx, %cr4
3:	mov	$4f, %edi
	xor	%ecx, %ecx
	mov	%ebx, %eax
	xor	%edx, %edx
	xsetbv
4:	dec	%ebp
	jnz	again
	print	"\nstill here\n"
	power_off

handler:
	add	$4, %esp
ud_handler:
	mov	%edi, (%esp)
	iret
