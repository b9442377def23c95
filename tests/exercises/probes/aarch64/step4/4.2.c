#include <hv/grade.h>
#include <hv/pcpu.h>

void grade_4_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	for (u32 i = 0; i < 40; i++) {
		u64 code = grade_random() & 0xffffffff & ~(u64)ESR_IL;
		struct vm_exit exit = { .reason = grade_below(NR_REASONS),
					.insn = grade_random(),
					.code = code | (i % 2 ? ESR_IL : 0) };
		u64 pc = grade_random() & ~1ul, spsr = grade_random();

		vcpu->arch.gpr[0] = pc;
		vcpu->arch.elr = pc;
		vcpu->arch.spsr = spsr;
		arch_skip_instruction(vcpu, &exit);
		tell("pc %lx, ESR_EL2 %lx (IL = %u): pc %lx, x0 %s, SPSR %s", pc, exit.code, i % 2,
		     vcpu->arch.elr, vcpu->arch.gpr[0] == pc ? "kept" : "changed",
		     vcpu->arch.spsr == spsr ? "kept" : "changed");
	}
	vm_destroy(vm);
	grade_guest(2);
}
