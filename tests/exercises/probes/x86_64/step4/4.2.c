#include <hv/grade.h>
#include <hv/pcpu.h>

void grade_4_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 80; i++) {
		struct vm_exit exit = { .reason = grade_below(NR_REASONS), .insn = grade_below(10) };
		u64 rip = grade_random(), rax = grade_random(), shadow = grade_below(16);

		/* So that some wrap around. */
		if (i % 4 == 3)
			rip |= 0xfffffff0;
		if (i % 8 == 3)
			rip = (u32)rip;
		state_set(vcpu, cs_access, i % 2 ? ACCESS_CODE64 : ACCESS_CODE64 & ~ACCESS_LONG);
		state_set(vcpu, interruptibility, shadow);
		vcpu->arch.gpr[RAX] = rax;
		vcpu->arch.rip = rip;
		vcpu->arch.exit.length = 1 + grade_below(15);
		arch_skip_instruction(vcpu, &exit);
		tell("rip %lx in %s mode, %u bytes, interruptibility %lx: rip %lx, interruptibility "
		     "%lx, rax %s",
		     rip, i % 2 ? "64-bit" : "another", vcpu->arch.exit.length, shadow,
		     vcpu->arch.rip, state_get(vcpu, interruptibility),
		     vcpu->arch.gpr[RAX] == rax ? "kept" : "changed");
	}
	vm_destroy(vm);
	grade_guest(2);
}
