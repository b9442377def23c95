#include <arch/vmcs.h>
#include <hv/grade.h>
#include <hv/pcpu.h>

static void grade_6_4_bits(u32 *bits, u32 count)
{
	for (u32 n = 0; n < 8; n++)
		bits[n] = 0;
	while (count--) {
		u32 vector = 16 + grade_below(240);

		bits[vector / 32] |= 1u << vector % 32;
	}
}

static u64 grade_6_4_sum(const u32 *bits)
{
	u64 sum = 0;

	for (u32 n = 0; n < 8; n++)
		sum = (sum ^ bits[n]) * 0x100000001b3 + n;
	return sum;
}

/* Whether it exits as soon as the guest can be interrupted. */
static bool grade_6_4_window(struct vcpu *vcpu)
{
	if (virt == &vmx)
		return vmcs_read(VMCS_PROC_CONTROLS) & BIT(2);
	return vcpu->arch.control[0x0c] & BIT(4);
}

void grade_6_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 16 * MiB, 0);
	struct lapic *lapic = &vcpu->arch.lapic;

	vcpu_load(vcpu);
	for (u32 i = 0; i < 240; i++) {
		u32 tpr = grade_below(2) ? 0 : grade_below(256);

		grade_6_4_bits(&lapic->regs[APIC_IRR / 16], grade_below(4));
		grade_6_4_bits(&lapic->regs[APIC_ISR / 16], grade_below(3));
		/* The same class as what is in service, or one above or below. */
		if (i % 4 == 0) {
			u32 vector = 32 + grade_below(200);

			grade_6_4_bits(&lapic->regs[APIC_IRR / 16], 0);
			grade_6_4_bits(&lapic->regs[APIC_ISR / 16], 0);
			set_bit(&lapic->regs[APIC_ISR / 16], vector, grade_below(2));
			tpr = grade_below(2) ? vector : 0;
			set_bit(&lapic->regs[APIC_IRR / 16], vector + grade_below(24), true);
		}
		lapic->regs[APIC_TPR / 16] = tpr;
		vcpu->arch.rflags = RFLAGS_RES1 | (grade_below(4) ? RFLAGS_IF : 0);
		vcpu->arch.attention = grade_below(2);
		state_set(vcpu, interruptibility, grade_below(6) ? 0 : 1);
		state_set(vcpu, event, grade_below(6) ? 0 : EVENT_VALID | 32);
		state_set(vcpu, event_error, 0);
		tell("IRR %d, ISR %d, TPR %x, IF %d, interruptibility %lx, event %lx: priority %x, "
		     "deliverable %d",
		     highest(&lapic->regs[APIC_IRR / 16]), highest(&lapic->regs[APIC_ISR / 16]), tpr,
		     !!(vcpu->arch.rflags & RFLAGS_IF), state_get(vcpu, interruptibility),
		     state_get(vcpu, event), processor_priority(lapic), deliverable(lapic));
		lapic_deliver(vcpu);
		tell("  delivered: event %lx, IRR %d (%lx), ISR %d (%lx), attention %d, window %d %d",
		     state_get(vcpu, event), highest(&lapic->regs[APIC_IRR / 16]),
		     grade_6_4_sum(&lapic->regs[APIC_IRR / 16]),
		     highest(&lapic->regs[APIC_ISR / 16]),
		     grade_6_4_sum(&lapic->regs[APIC_ISR / 16]), vcpu->arch.attention, lapic->window,
		     grade_6_4_window(vcpu));
	}
	virt->watch_window(vcpu, false);
	state_set(vcpu, event, 0);
	vm_destroy(vm);
	grade_guest(1);
}
