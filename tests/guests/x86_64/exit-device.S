/* SPDX-License-Identifier: MIT */
/* Writes the words for a good end to where the emulators' exit devices are. */
	.include "guest.inc"
	xor	%eax, %eax
	mov	$0xf4, %edx			/* QEMU's: ends it with 2 eax + 1 */
	out	%eax, %dx
	out	%al, %dx
	mov	$0x8900, %edx			/* Bochs' */
	mov	$word, %esi
	mov	$8, %ecx
1:	lodsb
	out	%al, %dx
	loop	1b
	mov	$0x501, %edx
	out	%al, %dx
	forged_line
	fail
word:	.ascii	"Shutdown"
