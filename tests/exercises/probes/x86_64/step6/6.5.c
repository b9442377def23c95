#include <hv/grade.h>
#include <hv/pcpu.h>

static void grade_6_5_fresh(struct vcpu *vcpu, u32 mode, u32 vector, bool masked)
{
	struct lapic *lapic = &vcpu->arch.lapic;

	lapic_reset(vcpu);
	lapic->regs[APIC_SVR / 16] = 0x1ff;
	lapic->regs[APIC_LVT_TIMER / 16] = vector | mode << 17 | (masked ? APIC_LVT_MASKED : 0);
	vcpu->arch.attention = false;
	this_pcpu()->slice_end = ~0ul;
	this_pcpu()->timer_deadline = 1;
}

static void grade_6_5_start(struct vcpu *vcpu, u32 i)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u32 mode = i % 3, divide = grade_random() & 0xb, count = grade_random() | 0x100000;
	u64 before, wanted;

	grade_6_5_fresh(vcpu, mode, 32 + grade_below(200), false);
	lapic->regs[APIC_DIVIDE / 16] = divide;
	lapic->regs[APIC_INITIAL / 16] = 0x77;
	lapic->deadline = i % 2 ? ~0ul : ~7ul;
	if (i % 7 == 0)
		count = 0;
	before = arch_time();
	start_timer(vcpu, count);
	wanted = (u64)count << lapic->shift;
	tell("start_timer(%u), mode %u, divide %x: count %x, shift %u, deadline %lx, off by %ld, "
	     "interrupt %d",
	     count, mode, divide, lapic->regs[APIC_INITIAL / 16], lapic->shift,
	     lapic->deadline > ~15ul ? lapic->deadline : 0,
	     lapic->deadline > ~15ul ? 0 : (long)(lapic->deadline - before - wanted) >> 17,
	     highest(&lapic->regs[APIC_IRR / 16]));
	tell("  our own timer is %s", this_pcpu()->timer_deadline == lapic->deadline ?
				      "the same" : "another");
}

static void grade_6_5_check(struct vcpu *vcpu, u32 i)
{
	struct lapic *lapic = &vcpu->arch.lapic;
	u32 mode = i % 3, vector = 32 + grade_below(200), missed = grade_below(4);
	bool masked = grade_below(4) == 0, future = grade_below(4) == 0;
	u64 old, period;

	grade_6_5_fresh(vcpu, mode, vector, masked);
	lapic->regs[APIC_INITIAL / 16] = 0x4000 + grade_below(0x4000);
	lapic->shift = grade_below(3);
	period = (u64)lapic->regs[APIC_INITIAL / 16] << lapic->shift;
	old = arch_time() + (future ? 1ul << 40 : -(period / 2 + missed * period));
	lapic->deadline = old;
	lapic_check_timer(vcpu);
	tell("lapic_check_timer, mode %u, vector %u%s, %s by %u periods of %lx: %ld periods later and "
	     "%lx, interrupt %d, attention %d",
	     mode, vector, masked ? " masked" : "", future ? "not yet" : "late", missed, period,
	     lapic->deadline == ~0ul ? -1l : (long)((lapic->deadline - old) / period),
	     lapic->deadline == ~0ul ? ~0ul : (lapic->deadline - old) % period,
	     highest(&lapic->regs[APIC_IRR / 16]), vcpu->arch.attention);
}

void grade_6_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 16 * MiB, 0);

	vcpu_load(vcpu);
	/* So that there is a past for deadlines to lie in. */
	while (arch_time() < 2000000)
		;
	for (u32 i = 0; i < 120; i++) {
		grade_6_5_start(vcpu, i);
		grade_6_5_check(vcpu, i);
	}
	vm_destroy(vm);
	this_pcpu()->slice_end = 0;
	this_pcpu()->timer_deadline = 0;
	grade_guest(3);
}
