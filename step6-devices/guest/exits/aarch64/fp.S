/* SPDX-License-Identifier: MIT */
/*
 * u64 fp_ping(u64 seed): two exits while all FP and SIMD registers hold something made of the seed;
 * 0 if each of them came back with it.
 */
#define FPCR	0x00c00000		/* round towards zero */
#define FPSR	0x0800001f

	.arch_extension	simd
	.text
	.globl	fp_ping
fp_ping:
	mov	x9, x0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	add	x10, x9, #\n
	mvn	x11, x10
	mov	v\n\().d[0], x10
	mov	v\n\().d[1], x11
	.endr
	ldr	x10, =FPCR
	msr	fpcr, x10
	ldr	x10, =FPSR
	msr	fpsr, x10

	ldr	x0, =0xc6000000			/* ping */
	hvc	#0
	mrs	x0, id_aa64pfr0_el1

	mov	x0, #0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	add	x10, x9, #\n
	mov	x11, v\n\().d[0]
	eor	x11, x11, x10
	orr	x0, x0, x11
	mov	x11, v\n\().d[1]
	eon	x11, x11, x10
	orr	x0, x0, x11
	.endr
	mrs	x10, fpcr
	ldr	x11, =FPCR
	eor	x11, x11, x10
	orr	x0, x0, x11
	mrs	x10, fpsr
	ldr	x11, =FPSR
	eor	x11, x11, x10
	orr	x0, x0, x11
	msr	fpcr, xzr
	ret
