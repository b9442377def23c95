// SPDX-License-Identifier: MIT
#include <arch/cpu.h>
#include <arch/virt.h>
#include <hv/arch.h>

struct cpu_features cpu_features;
const struct virt *virt;

bool arch_detect(const char **reason)
{
	static const struct virt *const both[] = { &vmx, &svm };

	for (u32 i = 0; i < ARRAY_SIZE(both) && !virt; i++)
		if (both[i]->offered())
			virt = both[i];
	if (!virt) {
		*reason = "the CPU has neither VMX nor SVM (CPUID)";
		return false;
	}
	return virt->detect(reason);
}
