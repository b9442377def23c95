// SPDX-License-Identifier: MIT
/*
 * The second stage: four levels of 512 entries on either vendor's CPUs, and 4 KiB, 2 MiB or 1 GiB
 * mapped by one entry. The entries themselves: vmx_npt.c and svm_npt.c.
 */
#include <arch/cpu.h>
#include <arch/npt.h>
#include <arch/virt.h>
#include <hv/arch.h>
#include <hv/vm.h>

bool npt_is_leaf(u64 entry, u32 level)
{
	return !level || (entry & ENTRY_LARGE);
}

hpa_t npt_address(u64 entry)
{
	return entry & ENTRY_ADDRESS;
}

/* What was not present is not cached (SDM 29.4.3, APM 15.25.12): the walk sees new entries. */
void npt_publish(u64 token, gpa_t gpa, u64 size)
{
	(void)token;
	(void)gpa;
	(void)size;
}

const struct npt_format *arch_npt_format(void)
{
	struct npt_format *format = virt->npt_format;

	format->max_leaf = cpu_features.gigapages ? 2 : 1;
	return format;
}

/* Each vCPU of a VM has a tag of its own, and VPIDs have 16 bits. */
u32 arch_max_vmid(void)
{
	return 0xffff / MAX_VCPUS - 1;
}

u32 vcpu_tag(const struct vcpu *vcpu)
{
	return vcpu->vm->id * MAX_VCPUS + vcpu->id;
}
