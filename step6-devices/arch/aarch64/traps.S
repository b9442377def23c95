/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <asm-offsets.h>

/*
 * Traps of the hypervisor itself. They come on the interrupted stack: a frame is pushed,
 * trap_handle() may move ELR, and the registers are restored from the frame. Nothing here names an
 * exception level, so it serves at EL1 too, where a boot without EL2 ends up.
 */
	.macro	push_frame
	sub	sp, sp, #FRAME_SIZE
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [sp, #(FRAME_GPR + 8 * \n)]
	.endr
	add	x0, sp, #FRAME_SIZE
	str	x0, [sp, #FRAME_SP]		/* sp as it was, for the report */
	mov	x0, sp
	.endm

	.text
ENTRY(trap_vector)
	push_frame
	bl	trap_handle

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [sp, #(FRAME_GPR + 8 * \n)]
	.endr
	add	sp, sp, #FRAME_SIZE
	eret
END(trap_vector)

ENTRY(trap_unused)
	push_frame
	bl	trap_unexpected			/* does not return */
END(trap_unused)

/*
 * The vector table: four groups of four entries, 128 bytes each (Arm ARM, "Exception vectors"). We
 * always run on our own level's stack pointer, so what is ours comes in the second group.
 */
	.macro	vectors	sync, irq, fiq, serror
	.irp	target, \sync, \irq, \fiq, \serror
	.balign	128
	b	\target
	.endr
	.endm

	.balign	2048
ENTRY(trap_vectors)
	/* from the current level on SP_EL0: never */
	vectors	trap_unused, trap_unused, trap_unused, trap_unused
	/* from the current level; interrupts are masked there */
	vectors	trap_vector, trap_unused, trap_unused, trap_unused
	/* from a lower level in AArch64: a guest's exit (switch.S) */
	vectors	guest_exit, guest_exit_irq, guest_exit_fiq, guest_exit
	/* from a lower level in AArch32: a guest's user mode may be that */
	vectors	guest_exit, guest_exit_irq, guest_exit_fiq, guest_exit
END(trap_vectors)
