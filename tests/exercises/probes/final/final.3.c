#include <hv/grade.h>

void grade_final_3(void)
{
	struct vm *vm = vm_create("probe"), *other = vm_create("other");
	struct vcpu *one = vm_init_vcpu(vm, 0, 0), *two = vm_init_vcpu(other, 0, 0);

	for (u32 i = 0; i < 32; i++) {
		u32 kind = i < 8 ? i : grade_below(8);
		bool runs;

		vcpu_load(kind & 1 ? one : two);
		one->waiting = kind & 2;
		two->waiting = kind & 4;
		runs = runnable(one);
		tell("%s is loaded, the first %s: runnable %s, it %s, %s is loaded",
		     kind & 1 ? "the first" : "the other", kind & 2 ? "waits" : "does not wait",
		     runs ? "yes" : "no", one->waiting ? "waits" : "does not wait",
		     this_pcpu()->loaded == one ? "the first" :
		     this_pcpu()->loaded == two ? "the other" : "none");
	}
	one->waiting = two->waiting = false;
	vm_destroy(vm);
	vm_destroy(other);
	grade_guest(1);
}
