/* SPDX-License-Identifier: MIT */
#include <arch/asm.h>
#include <arch/csr.h>
#include <asm-offsets.h>

/*
 * The world switch. a0 = vCPU; called by arch_vcpu_enter() only, which tells the compiler that no
 * register survives but sp and tp.
 *
 *	1. Keep our ra and sp in the vCPU; tp is there since it was loaded, and sscratch points to it.
 *	2. stvec = guest_exit: the way back. It finds the vCPU by sscratch and has no register to lose.
 *	3. sepc and sstatus.SPP of the guest say where sret goes, hstatus.SPV that it goes to V = 1.
 *	4. All general registers of the guest; a0, which holds the vCPU, last. sret.
 *
 *	   ... the guest runs, until something traps to HS-mode ...
 *
 *	5. Swap a0 with sscratch, save the guest's general registers, then the real a0; swap back.
 *	6. Save sepc and sstatus, before a trap of our own overwrites them.
 *	7. stvec = trap_vector, SPV = 0: from here on a trap is the hypervisor's again and returns to it.
 *	   (A trap in HS-mode clears SPV by itself, but one that the firmware passes on may not.)
 *	8. Take ra, sp and tp back and return.
 *
 * Interrupts stay off on our side: sstatus.SIE is 0 from boot, and a trap clears it (priv 10.1.1).
 */
	.text
ENTRY(guest_enter)
	sd	ra, VCPU_HOST_RA(a0)			/* 1 */
	sd	sp, VCPU_HOST_SP(a0)

	la	t0, guest_exit				/* 2 */
	csrw	stvec, t0

	ld	t0, VCPU_SEPC(a0)			/* 3 */
	ld	t1, VCPU_SSTATUS(a0)
	li	t2, HSTATUS_SPV
	csrw	sepc, t0
	csrw	sstatus, t1
	csrs	hstatus, t2

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
	csrrw	t0, sscratch, a0
	sd	t0, (VCPU_GPR + 8 * 10)(a0)

	csrr	t0, sepc				/* 6 */
	csrr	t1, sstatus
	sd	t0, VCPU_SEPC(a0)
	sd	t1, VCPU_SSTATUS(a0)

	la	t0, trap_vector				/* 7 */
	li	t1, HSTATUS_SPV
	csrw	stvec, t0
	csrc	hstatus, t1

	ld	ra, VCPU_HOST_RA(a0)			/* 8 */
	ld	sp, VCPU_HOST_SP(a0)
	ld	tp, VCPU_HOST_TP(a0)
	ret
END(guest_enter)
