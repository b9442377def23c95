#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

void grade_4_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	for (u32 i = 0; i < 40; i++) {
		struct vm_exit exit = { .reason = grade_below(NR_REASONS),
					.insn = grade_random() & ~3u };
		u64 pc = grade_random() & ~1ul;

		exit.insn |= i % 4;
		vcpu->arch.gpr[REG_A0] = pc;
		vcpu->arch.sepc = pc;
		arch_skip_instruction(vcpu, &exit);
		tell("pc %lx, instruction %x: pc %lx, a0 %s", pc, exit.insn, vcpu->arch.sepc,
		     vcpu->arch.gpr[REG_A0] == pc ? "kept" : "changed");
	}
	vm_destroy(vm);
	grade_guest(2);
}
