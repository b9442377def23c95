/* SPDX-License-Identifier: MIT */
/*
 * arch_switch(save_sp, load_sp): the callee-saved registers go to the stack that is left, its
 * sp to *save_sp; the same registers come from the other stack. It returns to where that one
 * was left. All else the compiler has saved around the call.
 */
#include "arch_types.h"

	.macro	each_saved op
	\op	ra, 0(sp)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	\op	s\n, 8 + 8 * \n(sp)
	.endr
	.endm

	.text
	.globl	arch_switch
arch_switch:
	addi	sp, sp, -SWITCH_SIZE
	each_saved sd
	sd	sp, 0(a0)
	mv	sp, a1
	each_saved ld
	addi	sp, sp, SWITCH_SIZE
	ret
