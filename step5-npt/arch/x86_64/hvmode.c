// SPDX-License-Identifier: MIT
/* Hypervisor mode is VMX operation on Intel, EFER.SVME on AMD: vmx.c and svm.c. */
#include <arch/virt.h>
#include <hv/arch.h>

bool arch_hv_enable(void)
{
	return virt->enable();
}

void arch_hv_disable(void)
{
	virt->disable();
}
