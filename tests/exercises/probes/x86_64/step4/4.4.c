#include <arch/virt.h>
#include <hv/grade.h>
#include <hv/vm.h>

static void grade_4_4_leaf(struct vcpu *vcpu, u32 leaf, u32 subleaf)
{
	u64 *gpr = vcpu->arch.gpr, rsi = grade_random();
	struct cpuid r;

	r = guest_cpuid(vcpu, leaf, subleaf);
	tell("leaf %x, %x of vCPU %u: %x %x %x %x", leaf, subleaf, vcpu->id, r.eax, r.ebx, r.ecx,
	     r.edx);
	for (u32 n = 0; n < 16; n++)
		gpr[n] = rsi;
	gpr[RAX] = (grade_random() << 32) | leaf;
	gpr[RCX] = (grade_random() << 32) | subleaf;
	emulate_cpuid(vcpu);
	tell("  in registers: %lx %lx %lx %lx, rsi %s", gpr[RAX], gpr[RBX], gpr[RCX], gpr[RDX],
	     gpr[RSI] == rsi ? "kept" : "changed");
}

void grade_4_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 120; i++) {
		u64 cr4 = state_get(vcpu, cr4);

		vcpu->id = grade_below(256);
		state_set(vcpu, cr4, grade_below(2) ? cr4 | CR4_OSXSAVE : cr4 & ~(u64)CR4_OSXSAVE);
		grade_4_4_leaf(vcpu, i % 4 == 3 ? grade_random() : i / 4 | grade_below(2) << 31,
			       grade_below(4) ? grade_below(3) : grade_random());
		if (i % 10 == 0)
			grade_4_4_leaf(vcpu, 0x40000000 + (i % 3), 0);
		if (i % 10 == 5)
			grade_4_4_leaf(vcpu, i % 4 ? 1 : 0xd, 0);
	}
	vcpu->id = 0;
	vm_destroy(vm);
	grade_guest(3);
}
