#include <hv/grade.h>
#include <hv/pcpu.h>

void grade_4_3(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct vm_exit exit = { .reason = REASON_SYSREG };
	u64 cr0;

	vcpu_load(vcpu);
	cr0 = state_get(vcpu, cr0) & ~(u64)CR0_PE;
	for (u32 i = 0; i < 80; i++) {
		u64 event = BIT(31) | grade_below(5) << 8 | grade_below(32);
		u64 rip = grade_random(), after;
		u64 old = (grade_random() & 0x7ff) | (grade_below(2) ? BIT(31) : 0);
		bool protected = grade_below(2);

		if (i % 2)
			event |= EVENT_ERROR | grade_below(0x10000) << 32;
		state_set(vcpu, cr0, protected ? cr0 | CR0_PE : cr0);
		state_set(vcpu, event, old);
		state_set(vcpu, event_error, old);
		vcpu->arch.rip = rip;
		vcpu->arch.exit.length = 1 + grade_below(15);
		if (i % 5 == 4)
			arch_inject_undefined(vcpu, &exit);
		else
			vcpu_raise(vcpu, event);
		after = state_get(vcpu, event);
		tell("%s, event %lx in %s mode: event %lx, error code %lx, rip %s",
		     i % 5 == 4 ? "#UD" : "any", i % 5 == 4 ? 0 : event,
		     protected ? "protected" : "real", after,
		     after & EVENT_ERROR ? state_get(vcpu, event_error) : 0,
		     vcpu->arch.rip == rip ? "kept" : "moved");
	}
	vm_destroy(vm);
	grade_guest(1);
}
