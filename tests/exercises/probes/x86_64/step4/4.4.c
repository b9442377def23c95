#include <arch/virt.h>
#include <hv/grade.h>
#include <hv/vm.h>

/* What cpuid() finds on a CPU that is made up: the same for the same question. */
static u64 grade_4_4_cpu;

struct cpuid mock_cpuid(u32 leaf, u32 subleaf)
{
	u64 z = (grade_4_4_cpu ^ leaf ^ (u64)subleaf << 32) * 0x9e3779b97f4a7c15, y;
	struct cpuid r;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	y = (z ^ z >> 27) * 0x94d049bb133111eb;
	r = (struct cpuid){ z >> 32, y >> 32, z >> 20, y >> 20 };
	if ((leaf & 0x7fffffff) == 0)
		r.eax = leaf | r.eax % 0x20;
	return r;
}

static void grade_4_4_leaf(struct vcpu *vcpu, u32 leaf, u32 subleaf)
{
	u64 *gpr = vcpu->arch.gpr, rsi = grade_random();
	struct cpuid r;

	grade_mocked = grade_4_4_cpu;
	r = guest_cpuid(vcpu, leaf, subleaf);
	grade_mocked = false;
	tell("leaf %x, %x of vCPU %u: %x %x %x %x", leaf, subleaf, vcpu->id, r.eax, r.ebx, r.ecx,
	     r.edx);
	for (u32 n = 0; n < 16; n++)
		gpr[n] = rsi;
	gpr[RAX] = (grade_random() << 32) | leaf;
	gpr[RCX] = (grade_random() << 32) | subleaf;
	grade_mocked = grade_4_4_cpu;
	emulate_cpuid(vcpu);
	grade_mocked = false;
	tell("  in registers: %lx %lx %lx %lx, rsi %s", gpr[RAX], gpr[RBX], gpr[RCX], gpr[RDX],
	     gpr[RSI] == rsi ? "kept" : "changed");
}

void grade_4_4(void)
{
	/* Those of which not all is the host's. */
	static const u32 own[] = { 0, 1, 0xd, 0x80000000 };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 240; i++) {
		u64 cr4 = state_get(vcpu, cr4);

		/* Half of the time this CPU, half of the time another. */
		grade_4_4_cpu = i < 120 ? 0 : grade_random() | 1;
		if (i % 120 == 0)
			tell("%s:", i ? "other CPUs" : "this CPU");
		vcpu->id = grade_below(256);
		state_set(vcpu, cr4, grade_below(2) ? cr4 | CR4_OSXSAVE : cr4 & ~(u64)CR4_OSXSAVE);
		grade_4_4_leaf(vcpu,
			       i % 4 == 3 ? grade_random() : i % 120 / 4 | grade_below(2) << 31,
			       grade_below(4) ? grade_below(3) : grade_random());
		if (i % 10 == 0)
			grade_4_4_leaf(vcpu, 0x40000000 + (i % 3), 0);
		grade_4_4_leaf(vcpu, own[i % ARRAY_SIZE(own)], 0);
	}
	vcpu->id = 0;
	vm_destroy(vm);
	grade_guest(3);
}
