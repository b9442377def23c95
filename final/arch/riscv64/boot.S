/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>

/*
 * OpenSBI enters here in HS-mode with a0 = hart id, a1 = device tree, satp = 0 and interrupts off
 * (SBI 2.0, chapter 9 "HSM", sbi_hart_start). One hart comes; the others wait in the firmware.
 */
	.section .text.start, "ax"
ENTRY(_start)
	/* No trap is expected yet; if one comes, stop where a debugger can see it. */
	la	t0, park
	csrw	stvec, t0
	csrw	sie, zero

	la	t0, bss_start
	la	t1, bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, (t0)
	addi	t0, t0, 8
	j	1b
2:
	la	sp, boot_stack_top
	call	hv_main			/* does not return */

	.balign	4			/* stvec wants 4-byte alignment (priv 10.1.2) */
park:
	wfi
	j	park
END(_start)

	.section .stack, "aw", @nobits
	.balign	16
boot_stack:
	.skip	16384
boot_stack_top:
