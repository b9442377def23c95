// SPDX-License-Identifier: MIT
/*
 * The CPU that a guest is shown (SDM volume 2, "CPUID"; APM volume 3, appendix E): of the host's
 * features those that we switch or that have no state. What is left out is what nobody has thought
 * about, so a new CPU's new features stay hidden.
 */
#include <arch/traps.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/vcpu.h>

#define CPUID_HYPERVISOR 0x40000000 /* no CPU has this leaf: a hypervisor introduces itself there */
#define CPUID_TIMING	 0x40000010

/*
 * The bits of each leaf's four registers that are the host's; the others are 0. CMPXCHG16B (leaf 1,
 * ECX bit 13) is not among them: QEMU 7.2 damages RFLAGS when an exit follows it.
 */
static const struct shown {
	u32 leaf, subleaf;
	struct cpuid bits;
} shown[] = {
	{ 0, 0, { 0, ~0u, ~0u, ~0u } },
	{ 1, 0, { ~0u, 0x0000ff00, 0x76da1203, 0x078ba97f } },
	{ 2, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 7, 0, { 0, 0x219c07a9, 0x00400004, 0x00000010 } },
	{ 0xd, 0, { XCR0_ALL, ~0u, 0, 0 } },
	{ 0xd, 1, { 0x7, 0, 0, 0 } },
	{ 0xd, 2, { ~0u, ~0u, ~0u, 0 } },
	{ 0x80000000, 0, { 0, ~0u, ~0u, ~0u } },
	{ 0x80000001, 0, { ~0u, 0, 0x000001f1, 0x2dd3a97f } },
	{ 0x80000002, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000003, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000004, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000005, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000006, 0, { ~0u, ~0u, ~0u, ~0u } },
	{ 0x80000007, 0, { 0, 0, 0, 0x100 } },
	{ 0x80000008, 0, { 0xffff, 0, 0, 0 } },
};

#define MAX_LEAF	  0xd
#define MAX_EXTENDED_LEAF 0x80000008

static struct cpuid host_leaf(u32 leaf, u32 subleaf)
{
	struct cpuid r = cpuid(leaf, subleaf);

	for (u32 i = 0; i < ARRAY_SIZE(shown); i++) {
		const struct cpuid *bits = &shown[i].bits;

		if (shown[i].leaf != leaf || (leaf == 0xd && shown[i].subleaf != subleaf))
			continue;
		return (struct cpuid){ r.eax & bits->eax, r.ebx & bits->ebx, r.ecx & bits->ecx,
				       r.edx & bits->edx };
	}
	return (struct cpuid){ 0 };
}

static u32 lower(u32 a, u32 b)
{
	return a < b ? a : b;
}

struct cpuid guest_cpuid(struct vcpu *vcpu, u32 leaf, u32 subleaf)
{
	struct cpuid r = host_leaf(leaf, subleaf);

	switch (leaf) {
	case 0:
		r.eax = lower(cpuid(0, 0).eax, MAX_LEAF);
		break;
	case 1:
		r.ecx |= CPUID_1_ECX_X2APIC | CPUID_1_ECX_DEADLINE;
		if (vcpu->arch.lapic.base & APIC_BASE_ENABLE)
			r.edx |= CPUID_1_EDX_APIC;
		r.ebx |= vcpu->id << 24 | 1 << 16; /* APIC id; one logical CPU in the package */
		r.ecx |= CPUID_1_ECX_HYPERVISOR;
		if (state_get(vcpu, cr4) & CR4_OSXSAVE)
			r.ecx |= CPUID_1_ECX_OSXSAVE;
		break;
	case 6:
		r.eax = CPUID_6_EAX_ARAT;
		break;
	case 0xd: /* room for all of XCR0_ALL's state: the host may have more */
		if (!subleaf)
			r.ecx = r.eax & XCR0_AVX ? 832 : 576;
		break;
	case CPUID_HYPERVISOR:
		return (struct cpuid){ CPUID_TIMING, 0x6464614c, 0x614c7265, 0x72656464 };
	case CPUID_TIMING: /* of TSC and APIC timer: kHz, as other hypervisors say it there too */
		r.eax = r.ebx = arch_time_frequency() / 1000;
		break;
	case 0x80000000:
		r.eax = lower(cpuid(leaf, 0).eax, MAX_EXTENDED_LEAF);
		break;
	}
	return r;
}

u64 guest_cr4(void)
{
	const struct cpuid one = host_leaf(1, 0), seven = host_leaf(7, 0);
	u64 bits = CR4_ALWAYS;

	bits |= seven.ecx & BIT(2) ? BIT(11) : 0;  /* UMIP */
	bits |= seven.ebx & BIT(0) ? BIT(16) : 0;  /* FSGSBASE */
	bits |= one.ecx & BIT(17) ? CR4_PCIDE : 0;
	bits |= one.ecx & BIT(26) ? CR4_OSXSAVE : 0;
	bits |= seven.ebx & BIT(7) ? BIT(20) : 0;  /* SMEP */
	bits |= seven.ebx & BIT(20) ? BIT(21) : 0; /* SMAP */
	return bits;
}

void emulate_cpuid(struct vcpu *vcpu)
{
	u64 *gpr = vcpu->arch.gpr;
	struct cpuid r = guest_cpuid(vcpu, gpr[RAX], gpr[RCX]);

	gpr[RAX] = r.eax;
	gpr[RBX] = r.ebx;
	gpr[RCX] = r.ecx;
	gpr[RDX] = r.edx;
}
