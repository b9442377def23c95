#include <hv/grade.h>

void grade_3_4(void)
{
	struct vm *vms[] = { vm_create("probe"), vm_create("other") };
	struct vcpu *vcpus[] = { vm_init_vcpu(vms[0], 0, 0), vm_init_vcpu(vms[1], 0, 0) };
	const u64 edges[] = { 0, 1, 254, 255, 256, 257, 512, BIT(31), BIT(32), BIT(32) + 1, BIT(63),
			      ~0ul };
	struct ladder_answer answer;

	for (u32 i = 0; i < 60 + ARRAY_SIZE(edges); i++) {
		u64 function = i < 45 ? i % 3 : i < 60 ? grade_random() | 4 : LADDER_DONE;
		struct vm *vm = vms[i / 3 % 2], *other = vms[1 - i / 3 % 2];
		u64 arg = i % 2 ? grade_random() : grade_below(3) * 128 + grade_below(3);

		if (i % 5 == 0)
			arg &= ~255ul;
		if (i >= 60)
			arg = edges[i - 60];
		vm->ended = false;
		vm->status = 77;
		other->ended = false;
		answer = ladder_call(vcpus[i / 3 % 2], function, arg);
		tell("function %lx, argument %lx: error %ld, value %lx; the VM ended: %d, another: "
		     "%d",
		     function, arg, (long)answer.error, (u64)answer.value, vm->ended, other->ended);
		/* What does not fit is bad; how bad is not said. */
		if (vm->ended && arg > 255)
			tell("  status is %s", vm->status > 0 && vm->status < 256 ? "bad" : "none");
		else
			tell("  status %d", vm->status);
	}
	vm_destroy(vms[0]);
	vm_destroy(vms[1]);
	grade_guest(1);
}
