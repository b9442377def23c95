#include <hv/grade.h>

static void grade_4_4_case(struct vcpu *vcpu, u64 function, u64 arg)
{
	u64 args[3] = { arg, ~arg, arg };
	s64 answer;

	vcpu->vm->ended = false;
	vcpu->vm->status = 77;
	answer = psci_call(vcpu, function, args);
	tell("function %lx, x1 %lx: x0 %lx; the VM %s", function, arg, (u64)answer,
	     !vcpu->vm->ended ? "goes on" : vcpu->vm->status ? "ended badly" : "ended well");
}

void grade_4_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	/* All that the range holds, for 32-bit and for 64-bit callers. */
	for (u64 function = PSCI_FIRST; function <= PSCI_LAST; function++) {
		grade_4_4_case(vcpu, function, grade_random());
		grade_4_4_case(vcpu, function | PSCI_64, grade_random());
	}
	for (u64 function = PSCI_FIRST; function <= PSCI_LAST; function++) {
		grade_4_4_case(vcpu, PSCI_FEATURES, function);
		grade_4_4_case(vcpu, PSCI_FEATURES, function | PSCI_64);
		/* A function's number has 32 bits; what stands above them is anything. */
		grade_4_4_case(vcpu, PSCI_FEATURES, function | grade_random() << 32);
	}
	for (u32 i = 0; i < 16; i++)
		grade_4_4_case(vcpu, PSCI_FEATURES, grade_random());
	vm->ended = false;
	vm_destroy(vm);
	grade_guest(3);
}
