#include <hv/grade.h>

void grade_3_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct ladder_answer answer;

	for (u32 i = 0; i < 60; i++) {
		u64 function = i < 45 ? i % 3 : grade_random() | 4;
		u64 arg = i % 2 ? grade_random() : grade_below(3) * 128 + grade_below(3);

		if (i % 5 == 0)
			arg &= ~255ul;
		vm->ended = false;
		vm->status = 77;
		answer = ladder_call(vcpu, function, arg);
		tell("function %lx, argument %lx: error %ld, value %lx; the VM ended: %d, status %d",
		     function, arg, (long)answer.error, (u64)answer.value, vm->ended, vm->status);
	}
	vm_destroy(vm);
	grade_guest(1);
}
