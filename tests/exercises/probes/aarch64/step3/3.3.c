#include <hv/grade.h>
#include <hv/vm.h>

void grade_3_3(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct vm_exit exit = { .reason = REASON_HYPERCALL, .code = ESR_HVC0 };

	for (u32 i = 0; i < 60; i++) {
		u64 pc = grade_random() & ~3ul, changed = 0, before[31];
		enum exit_result result;

		for (u32 n = 0; n < 31; n++)
			vcpu->arch.gpr[n] = grade_random();
		/* Ours: ping, done, show, and numbers that are none; the range's end; others. */
		vcpu->arch.gpr[0] = i % 4 == 0 ? SMCCC_LADDER + LADDER_PING :
				    i % 4 == 1 ? SMCCC_LADDER + grade_below(3) :
				    i % 4 == 2 ? SMCCC_LADDER + grade_below(0xff00) :
						 grade_random() >> 8 * (i / 4 % 8);
		if (i % 12 == 6)
			vcpu->arch.gpr[0] = SMCCC_LADDER_LAST + grade_below(3);
		if (i % 12 == 10)
			vcpu->arch.gpr[0] = SMCCC_LADDER - 1 - grade_below(3);
		if (i % 12 == 7)
			vcpu->arch.gpr[0] &= ~0xfffful;
		for (u32 n = 0; n < 31; n++)
			before[n] = vcpu->arch.gpr[n];
		vcpu->arch.elr = pc;
		vm->ended = false;
		vm->status = 77;
		result = arch_hypercall(vcpu, &exit);
		for (u32 n = 2; n < 31; n++)
			changed |= vcpu->arch.gpr[n] != before[n] ? BIT(n) : 0;
		tell("x0 %lx, x1 %lx at pc %lx:", before[0], before[1], pc);
		tell("  result %d, x0 %lx, x1 %lx, others changed %lx, pc %lx, ended %d with %d",
		     result, vcpu->arch.gpr[0], vcpu->arch.gpr[1], changed, vcpu->arch.elr,
		     vm->ended, vm->status);
	}
	vm_destroy(vm);
	grade_guest(1);
}
