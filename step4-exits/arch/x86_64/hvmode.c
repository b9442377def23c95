// SPDX-License-Identifier: MIT
/* Hypervisor mode is VMX operation on Intel, EFER.SVME on AMD: vmx.c and svm.c. */
#include <arch/board.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>

/* A guest's x87, SSE and AVX registers are ours to move (vcpu.c). */
static void enable_xsave(void)
{
	u64 cr4 = cr_read(cr4) | CR4_OSFXSR;

	if (cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)
		cr4 |= CR4_OSXSAVE;
	cr_write(cr4, cr4);
}

bool arch_hv_enable(void)
{
	/*
	 * The firmware's timer may still tick, and an interrupt of the host's ends a guest's run.
	 */
	port_out8(BOARD_PIC1 + 1, 0xff);
	port_out8(BOARD_PIC2 + 1, 0xff);
	enable_xsave();
	return virt->enable();
}

void arch_hv_disable(void)
{
	virt->disable();
}
