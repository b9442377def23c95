// SPDX-License-Identifier: MIT
#include <arch/cpu.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>

#define CPUID_EXTENDED 0x80000001
#define CPUID_RDTSCP   BIT(27) /* its EDX (SDM volume 2, CPUID) */

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
	cpu_features.rdtscp = cpuid(CPUID_EXTENDED, 0).edx & CPUID_RDTSCP;
	return virt->detect(reason);
}
