/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <arch/sysreg.h>
#include <asm-offsets.h>

/*
 * The world switch. x0 = vCPU; called by arch_vcpu_enter() only, which tells the compiler that no
 * register survives but x29, sp and TPIDR_EL2.
 *
 *	1. Leave the vCPU and our x29 and x30 on our stack. A guest has stack pointers of its own,
 *	   so SP_EL2 is the one register that finds the way back.
 *	2. ELR_EL2 and SPSR_EL2 of the guest say where eret goes and that it goes to EL1 or EL0.
 *	3. All general registers of the guest; x0 and x1, one of which holds the vCPU, last. eret.
 *
 *	   ... the guest runs, until something traps to EL2: a vector for lower levels (traps.S) ...
 *
 *	4. Free x0 and x1 by leaving them on the stack. ESR_EL2 tells why we are here; where only
 *	   the vector tells, it is made to.
 *	5. Save the guest's general registers, x0 and x1 by way of the stack.
 *	6. Save ELR_EL2 and SPSR_EL2, before a trap of our own overwrites them.
 *	7. Take x29 and x30 back and return.
 *
 * Interrupts stay off on our side: PSTATE.DAIF is set from boot, and a trap sets it.
 */
	.macro	x2_to_x29	op
	\op	x2, x3, [x0, #(VCPU_GPR + 8 * 2)]
	\op	x4, x5, [x0, #(VCPU_GPR + 8 * 4)]
	\op	x6, x7, [x0, #(VCPU_GPR + 8 * 6)]
	\op	x8, x9, [x0, #(VCPU_GPR + 8 * 8)]
	\op	x10, x11, [x0, #(VCPU_GPR + 8 * 10)]
	\op	x12, x13, [x0, #(VCPU_GPR + 8 * 12)]
	\op	x14, x15, [x0, #(VCPU_GPR + 8 * 14)]
	\op	x16, x17, [x0, #(VCPU_GPR + 8 * 16)]
	\op	x18, x19, [x0, #(VCPU_GPR + 8 * 18)]
	\op	x20, x21, [x0, #(VCPU_GPR + 8 * 20)]
	\op	x22, x23, [x0, #(VCPU_GPR + 8 * 22)]
	\op	x24, x25, [x0, #(VCPU_GPR + 8 * 24)]
	\op	x26, x27, [x0, #(VCPU_GPR + 8 * 26)]
	\op	x28, x29, [x0, #(VCPU_GPR + 8 * 28)]
	.endm

	.text
ENTRY(guest_enter)
	stp	x29, x30, [sp, #-32]!			/* 1 */
	str	x0, [sp, #16]

	ldp	x1, x2, [x0, #VCPU_ELR]			/* 2 */
	msr	ELR_EL2, x1
	msr	SPSR_EL2, x2

	x2_to_x29	ldp				/* 3 */
	ldr	x30, [x0, #(VCPU_GPR + 8 * 30)]
	ldp	x0, x1, [x0, #(VCPU_GPR + 8 * 0)]
	eret
END(guest_enter)

	.macro	guest_exit_async	code
	stp	x0, x1, [sp, #-16]!			/* 4 */
	ldr	x1, =\code
	msr	ESR_EL2, x1
	b	1f
	.endm

ENTRY(guest_exit_irq)
	guest_exit_async	ESR_IRQ
END(guest_exit_irq)

ENTRY(guest_exit_fiq)
	guest_exit_async	ESR_FIQ
END(guest_exit_fiq)

ENTRY(guest_exit)
	stp	x0, x1, [sp, #-16]!			/* 4 */
1:	ldr	x0, [sp, #(16 + 16)]			/* 5 */
	x2_to_x29	stp
	str	x30, [x0, #(VCPU_GPR + 8 * 30)]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0, #(VCPU_GPR + 8 * 0)]

	mrs	x2, ELR_EL2				/* 6 */
	mrs	x3, SPSR_EL2
	stp	x2, x3, [x0, #VCPU_ELR]

	ldp	x29, x30, [sp], #32			/* 7 */
	ret
END(guest_exit)

/* The compiler may not touch these registers (-mgeneral-regs-only); CPTR_EL2.TFP = 0 lets us. */
	.arch_extension	fp
	.arch_extension	simd
	.macro	q0_to_q31	op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	q\n, [x0, #(16 * \n)]
	.endr
	add	x0, x0, #(16 * 32)
	.endm

ENTRY(fp_save)
	q0_to_q31	str
	mrs	x1, FPSR
	mrs	x2, FPCR
	stp	x1, x2, [x0]
	ret
END(fp_save)

ENTRY(fp_restore)
	q0_to_q31	ldr
	ldp	x1, x2, [x0]
	msr	FPSR, x1
	msr	FPCR, x2
	ret
END(fp_restore)
