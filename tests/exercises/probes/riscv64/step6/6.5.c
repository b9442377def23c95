#include <hv/grade.h>
#include <hv/vm.h>

static void grade_6_5_round(struct vcpu *vcpu, bool sstc, u32 i)
{
	u64 now = arch_time(), far = grade_random() >> 1 | BIT(62), deadline = far;
	bool late = i % 3 == 1;
	u64 others = i & 4 ? BIT(IRQ_VSSI) : BIT(IRQ_VSEI), never = ~0ul - grade_below(1000);

	cpu_features.sstc = sstc;
	this_pcpu()->slice_end = ~0ul;
	this_pcpu()->timer_deadline = 1;
	csr_write(hvip, others);
	if (i % 6 == 3)
		deadline = never;
	if (i % 2)
		csr_set(hvip, BIT(IRQ_VSTI));
	else
		csr_clear(hvip, BIT(IRQ_VSTI));
	vcpu->arch.deadline = far ^ 1;
	csr_write(vstimecmp, ~0ul);
	if (late)
		deadline = grade_below(now);
	vcpu_set_timer(vcpu, deadline);
	tell("%s, vcpu_set_timer(%s %lx): vstimecmp %lx, hvip %lx, deadline %lx, our own timer %lx",
	     sstc ? "Sstc" : "no Sstc", late ? "past" : "future", late ? 0 : deadline,
	     csr_read(vstimecmp) == deadline && late ? 0 : csr_read(vstimecmp),
	     csr_read(hvip) & (sstc ? others : ~0ul), vcpu->arch.deadline,
	     this_pcpu()->timer_deadline);
	if (sstc)
		return;
	csr_clear(hvip, BIT(IRQ_VSTI));
	vcpu->arch.deadline = i % 4 < 2 ? grade_below(now) : i % 4 == 2 ? far : never;
	vcpu_check_deadline(vcpu);
	tell("vcpu_check_deadline(%s): hvip %lx, deadline %lx", i % 4 < 2 ? "past" : "future",
	     csr_read(hvip), vcpu->arch.deadline);
}

void grade_6_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	bool sstc = cpu_features.sstc;

	vcpu_load(vcpu);
	csr_write(hvip, 0);
	for (u32 i = 0; i < 48; i++)
		grade_6_5_round(vcpu, sstc && i >= 24, i);
	cpu_features.sstc = sstc;
	csr_write(hvip, 0);
	vm_destroy(vm);
	this_pcpu()->slice_end = 0;
	this_pcpu()->timer_deadline = 0;
	grade_guest(3);
}
