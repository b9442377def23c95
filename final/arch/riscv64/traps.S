/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <asm-offsets.h>

/*
 * Traps of the hypervisor itself (V = 0). They come on the interrupted stack: a frame is pushed,
 * trap_handle() may change it, and everything is restored from it.
 */
	.text
ENTRY(trap_vector)
	addi	sp, sp, -FRAME_SIZE
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, (FRAME_GPR + 8 * \n)(sp)
	.endr
	addi	t0, sp, FRAME_SIZE
	sd	t0, (FRAME_GPR + 8 * 2)(sp)	/* sp as it was, for the report */
	csrr	t0, sepc
	sd	t0, FRAME_SEPC(sp)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(sp)

	mv	a0, sp
	call	trap_handle

	ld	t0, FRAME_SEPC(sp)
	csrw	sepc, t0
	ld	t0, FRAME_SSTATUS(sp)
	csrw	sstatus, t0
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, (FRAME_GPR + 8 * \n)(sp)
	.endr
	addi	sp, sp, FRAME_SIZE
	sret
END(trap_vector)
