/* SPDX-License-Identifier: MIT */
	.section .text.start, "ax"
	.globl	_start
_start:
	ldr	x9, =unexpected_trap
	msr	vbar_el1, x9
	isb
	ldr	x9, =bss_start
	ldr	x10, =bss_end
1:	cmp	x9, x10
	b.hs	2f
	str	xzr, [x9], #8
	b	1b
2:
	ldr	x9, =stack_top
	mov	sp, x9
	bl	guest_main
done:					/* w0 = status; does not return */
	mov	w1, w0
	ldr	x0, =0xc6000001
	hvc	#0
	b	done

/* A guest that expects traps sets VBAR_EL1 itself; for all others one is a failure. */
	.balign	2048
unexpected_trap:
	.rept	16			/* vectors of 128 bytes (DDI 0487, "Exception vectors") */
	mov	w0, #99
	b	done
	.balign	128
	.endr

	.section .stack, "aw", @nobits
	.balign	16
	.skip	8192
stack_top:
