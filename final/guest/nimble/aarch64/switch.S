/* SPDX-License-Identifier: MIT */
/*
 * arch_switch(save_sp, load_sp): the callee-saved registers go to the stack that is left, its
 * sp to *save_sp; the same registers come from the other stack. It returns to where that one
 * was left. All else the compiler has saved around the call.
 */
#include "arch_types.h"

	.macro	each_saved op
	\op	x19, x20, [sp, #0]
	\op	x21, x22, [sp, #16]
	\op	x23, x24, [sp, #32]
	\op	x25, x26, [sp, #48]
	\op	x27, x28, [sp, #64]
	\op	x29, x30, [sp, #80]
	.endm

	.text
	.globl	arch_switch
arch_switch:
	sub	sp, sp, #SWITCH_SIZE
	each_saved stp
	mov	x9, sp
	str	x9, [x0]
	mov	sp, x1
	each_saved ldp
	add	sp, sp, #SWITCH_SIZE
	ret
