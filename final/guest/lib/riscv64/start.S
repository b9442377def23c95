/* SPDX-License-Identifier: MIT */
	.section .text.start, "ax"
	.globl	_start
_start:
	la	t0, unexpected_trap
	csrw	stvec, t0
	la	t0, bss_start
	la	t1, bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, (t0)
	addi	t0, t0, 8
	j	1b
2:
	la	sp, stack_top
	call	guest_main
done:					/* a0 = status; does not return */
	li	a7, 0x0a4c4144
	li	a6, 1
	ecall
	j	done

/* A guest that expects traps sets stvec itself; for all others one is a failure. */
	.balign	4
unexpected_trap:
	li	a0, 99
	j	done

	.section .stack, "aw", @nobits
	.balign	16
	.skip	8192
stack_top:
