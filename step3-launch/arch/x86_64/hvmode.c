// SPDX-License-Identifier: MIT
/* Hypervisor mode is VMX operation on Intel, EFER.SVME on AMD: vmx.c and svm.c. */
#include <arch/board.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>

bool arch_hv_enable(void)
{
	/*
	 * The firmware's timer may still tick, and an interrupt of the host's ends a guest's run.
	 */
	port_out8(BOARD_PIC1 + 1, 0xff);
	port_out8(BOARD_PIC2 + 1, 0xff);
	return virt->enable();
}

void arch_hv_disable(void)
{
	virt->disable();
}
