#include <hv/grade.h>
#include <hv/vm.h>

void grade_3_3(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct vm_exit exit = { .reason = REASON_HYPERCALL, .code = CAUSE_ECALL_VS };

	for (u32 i = 0; i < 40; i++) {
		u64 pc = grade_random() & ~1ul, changed = 0, before[32];
		enum exit_result result;

		for (u32 n = 1; n < 32; n++)
			vcpu->arch.gpr[n] = grade_random();
		vcpu->arch.gpr[REG_A7] = i % 4 ? SBI_EXT_LADDER : grade_random() >> 8 * (i % 8);
		/* Ping and show; done, with a status of its own; what there is not. */
		vcpu->arch.gpr[REG_A6] = i % 4 == 1 ? LADDER_PING :
					 i % 4 == 2 || i % 8 == 0 ? grade_below(3) : grade_random();
		for (u32 n = 0; n < 32; n++)
			before[n] = vcpu->arch.gpr[n];
		vcpu->arch.sepc = pc;
		vm->ended = false;
		vm->status = 77;
		result = arch_hypercall(vcpu, &exit);
		for (u32 n = 0; n < 32; n++)
			changed |= n != REG_A0 && n != REG_A1 && vcpu->arch.gpr[n] != before[n] ?
					   BIT(n) : 0;
		tell("a7 %lx, a6 %lx, a0 %lx at pc %lx:", before[REG_A7], before[REG_A6],
		     before[REG_A0], pc);
		tell("  result %d, a0 %lx, a1 %lx, others changed %lx, pc %lx, ended %d with %d",
		     result, vcpu->arch.gpr[REG_A0], vcpu->arch.gpr[REG_A1], changed,
		     vcpu->arch.sepc, vm->ended, vm->status);
	}
	vm_destroy(vm);
	grade_guest(1);
}
