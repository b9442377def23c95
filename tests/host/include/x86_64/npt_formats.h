/* SPDX-License-Identifier: MIT */
/* Two vendors, two formats: EPT and NPT. */
#include <arch/npt.h>
#include <arch/virt.h>

struct cpu_features cpu_features = { .gigapages = true };

const struct virt vmx = { .npt_format = &vmx_npt_format };
const struct virt svm = { .npt_format = &svm_npt_format };
const struct virt *virt;

#define HOST_FORMATS 2

static void host_choose_format(u32 n)
{
	virt = n ? &svm : &vmx;
}

void vmx_flush(u64 token, gpa_t gpa, u64 size)
{
	host_fail(__FILE__, __LINE__, "%lx is flushed for real", (unsigned long)gpa);
}

void svm_flush(u64 token, gpa_t gpa, u64 size)
{
	host_fail(__FILE__, __LINE__, "%lx is flushed for real", (unsigned long)gpa);
}
