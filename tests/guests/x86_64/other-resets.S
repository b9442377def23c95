/* SPDX-License-Identifier: MIT */
/* A PC's other ways to reset or power off, which this one has not. */
	.include "guest.inc"
	mov	$0xfe, %eax			/* the keyboard controller's */
	out	%al, $0x64
	mov	$0xcf9, %edx			/* the chipset's */
	mov	$6, %eax
	out	%al, %dx
	mov	$3, %eax			/* port 0x92's */
	out	%al, $0x92
	mov	$0xb004, %edx			/* what older machines power off by */
	mov	$0x2000, %eax
	out	%ax, %dx
	mov	$0x604, %edx			/* a sleep that is none, and widths that are wrong */
	mov	$0x400, %eax
	out	%ax, %dx
	out	%al, %dx
	print	"\nstill here\n"
	power_off
