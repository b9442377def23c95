#include <hv/grade.h>

void grade_final_1(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	const gpa_t base = 0x40000000;
	struct ladder_answer answer;
	u64 words[512];

	vm_map_alloc(vm, base, 16 * 4096, NPT_RAM);
	vm_map_alloc(vm, base + 32 * 4096, 4096, NPT_WRITE | NPT_OWNED);
	for (u32 page = 0; page < 16; page++) {
		for (u32 i = 0; i < 512; i++)
			words[i] = grade_random();
		vm_write_guest(vm, base + page * 4096, words, sizeof(words));
	}
	for (u32 i = 0; i < 60; i++) {
		u64 function = i % 5 ? 16 : i % 20, arg = base + grade_below(16 * 4096);

		if (i % 4 == 1)		/* over the end, by chance only just */
			arg = base + 16 * 4096 - 128 + grade_below(3) - 1;
		if (i % 4 == 2)
			arg = grade_random();
		if (i % 8 == 7)		/* across two pages */
			arg = base + 4096 * (1 + grade_below(15)) - 8 * grade_below(16);
		if (i % 9 == 8)
			arg = -8 * grade_below(20);
		if (function < 4)
			continue;
		answer = ladder_call(vcpu, function, arg);
		tell("function %lu, argument %lx: error %ld, value %lx", function, arg,
		     (long)answer.error, (u64)answer.value);
	}
	answer = ladder_call(vcpu, 0, words[0]);
	tell("function 0, argument %lx: error %ld, value %lx", words[0], (long)answer.error,
	     (u64)answer.value);
	vm_destroy(vm);
	grade_guest(1);
}
