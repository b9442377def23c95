/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <asm-offsets.h>

/*
 * The world switch: int arch_vcpu_enter(struct vcpu *vcpu)
 *
 *	1. Push what the caller's C code expects to find again: ra, s0 to s11, and our tp.
 *	2. sscratch = vCPU, stvec = guest_exit: the way back, which has no register to lose.
 *	3. sepc, sstatus, hstatus of the guest: where sret goes, and that it goes to V = 1.
 *	4. All general registers of the guest; a0, which holds the vCPU, last. sret.
 *
 *	   … the guest runs, until something traps to HS-mode …
 *
 *	5. Swap a0 with sscratch, save the guest's general registers, then the real a0.
 *	6. Save sepc, sstatus, hstatus, before a trap of our own overwrites them.
 *	7. stvec = trap_vector: from here on a trap is the hypervisor's again.
 *	8. Pop what step 1 pushed; return 0.
 *
 * Interrupts stay off on our side: sstatus.SIE is 0 from boot, and a trap clears it (priv 10.1.1).
 */
#define PUSHED (14 * 8)

	.text
ENTRY(arch_vcpu_enter)
	addi	sp, sp, -PUSHED				/* 1 */
	sd	ra, 0(sp)
	sd	tp, 8(sp)
	sd	s0, 16(sp)
	sd	s1, 24(sp)
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, (16 + 8 * \n)(sp)
	.endr
	sd	sp, VCPU_HOST_SP(a0)

	csrw	sscratch, a0				/* 2 */
	la	t0, guest_exit
	csrw	stvec, t0

	ld	t0, VCPU_SEPC(a0)			/* 3 */
	ld	t1, VCPU_SSTATUS(a0)
	ld	t2, VCPU_HSTATUS(a0)
	csrw	sepc, t0
	csrw	sstatus, t1
	csrw	hstatus, t2

	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, (VCPU_GPR + 8 * \n)(a0)		/* 4 */
	.endr
	ld	a0, (VCPU_GPR + 8 * 10)(a0)
	sret

	.balign	4
guest_exit:
	csrrw	a0, sscratch, a0			/* 5 */
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, (VCPU_GPR + 8 * \n)(a0)
	.endr
	csrr	t0, sscratch
	sd	t0, (VCPU_GPR + 8 * 10)(a0)

	csrr	t0, sepc				/* 6 */
	csrr	t1, sstatus
	csrr	t2, hstatus
	sd	t0, VCPU_SEPC(a0)
	sd	t1, VCPU_SSTATUS(a0)
	sd	t2, VCPU_HSTATUS(a0)

	la	t0, trap_vector				/* 7 */
	csrw	stvec, t0

	ld	sp, VCPU_HOST_SP(a0)			/* 8 */
	ld	ra, 0(sp)
	ld	tp, 8(sp)
	ld	s0, 16(sp)
	ld	s1, 24(sp)
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, (16 + 8 * \n)(sp)
	.endr
	addi	sp, sp, PUSHED
	li	a0, 0
	ret
END(arch_vcpu_enter)
