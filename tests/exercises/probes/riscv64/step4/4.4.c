#include <hv/grade.h>
#include <hv/vm.h>

static void grade_4_4_case(struct vcpu *vcpu, u64 function, u64 arg)
{
	u64 args[6] = { arg, ~arg, arg, ~arg, arg, ~arg };
	struct sbi_ret ret = call(vcpu, function, args);

	tell("function %lu, argument %lx: error %ld, value %lx", function, arg, (long)ret.error,
	     (u64)ret.value);
}

void grade_4_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	for (u64 function = 0; function < 9; function++)
		grade_4_4_case(vcpu, function, grade_random());
	for (u32 i = 0; i < 8; i++)
		grade_4_4_case(vcpu, grade_random(), SBI_EXT_BASE);
	for (u32 i = 8; i < 31; i++)
		grade_4_4_case(vcpu, BIT(i) | grade_below(8), grade_random());
	/* All legacy numbers and what is around them, all that exist, and some that don't. */
	for (u64 id = 0; id < 0x14; id++)
		grade_4_4_case(vcpu, PROBE_EXTENSION, id);
	for (u32 i = 0; i < 16; i++)
		grade_4_4_case(vcpu, PROBE_EXTENSION,
			       (u64[]){ SBI_EXT_LADDER, 0x4442434e, 0x53525354, grade_random(),
					0x48534d, 0x735049, 0x52464e43, SBI_EXT_LADDER + 1 }[i % 8]);
	vm_destroy(vm);
	grade_guest(3);
}
