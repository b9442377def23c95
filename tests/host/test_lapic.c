// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/lapic.c core/frame.c core/pcpu.c */
#include "machine.h"
#include <arch/lapic.h>

#define ICR_LOGICAL 0x800
#define ICR_SELF    0x40000
#define ICR_ALL     0x80000
#define ICR_OTHERS  0xc0000
#define PERIODIC    0x20000
#define DEADLINE    0x40000
#define X2APIC      (APIC_BASE_ENABLE | APIC_BASE_X2APIC)

static struct vcpu vcpus[4], *cpu = &vcpus[0];
static u64 now, programmed, raised;
static bool interruptible, window;
static u32 shown_tpr;

u64 arch_time(void)
{
	return now;
}

void arch_timer_program(struct vcpu *vcpu)
{
	programmed = vcpu->arch.lapic.deadline;
}

void vcpu_raise(struct vcpu *vcpu, u64 event)
{
	CHECK(!raised);
	raised = event;
}

bool vcpu_can_interrupt(const struct vcpu *vcpu)
{
	return interruptible;
}

static void watch_window(struct vcpu *vcpu, bool on)
{
	window = on;
}

static void show_tpr(struct vcpu *vcpu, u32 tpr)
{
	shown_tpr = tpr;
}

static const struct virt test_virt = {
	.watch_window = watch_window,
	.show_tpr = show_tpr,
};
const struct virt *virt = &test_virt;

/* Only the last step has an I/O APIC, and start-up IPIs. */
#if __has_include(<arch/ioapic.h>)
#include <arch/ioapic.h>

static u32 ended;

void ioapic_eoi(struct device *device, u32 vector)
{
	ended = vector;
}

void arch_vcpu_reset(struct vcpu *vcpu, gpa_t entry, u64 arg)
{
	vcpu->arch.rip = entry;
	lapic_reset(vcpu);
}
#endif

static void setup(void)
{
	setup_vm();
	vm.nr_vcpus = ARRAY_SIZE(vcpus);
	for (u32 i = 0; i < vm.nr_vcpus; i++) {
		vm.vcpus[i] = &vcpus[i];
		vcpus[i].vm = &vm;
		vcpus[i].id = i;
		lapic_reset(&vcpus[i]);
		CHECK(lapic_write(&vcpus[i], APIC_SVR, 0x1ff));
		CHECK(lapic_write(&vcpus[i], APIC_LDR, 1u << (24 + i)));
	}
	now = 1000000;
	interruptible = true;
}

static u32 get_reg(struct vcpu *vcpu, u32 offset)
{
	u32 value = 0xdeadbeef;

	CHECK_SAYING(lapic_read(vcpu, offset, &value), "offset %#x", offset);
	return value;
}

static void set_reg(struct vcpu *vcpu, u32 offset, u32 value)
{
	CHECK_SAYING(lapic_write(vcpu, offset, value), "offset %#x", offset);
}

static u64 get_msr(struct vcpu *vcpu, u32 msr)
{
	u64 value = 0xdeadbeef;

	CHECK_SAYING(lapic_msr_read(vcpu, msr, &value), "MSR %#x", msr);
	return value;
}

static void set_msr(struct vcpu *vcpu, u32 msr, u64 value)
{
	CHECK_SAYING(lapic_msr_write(vcpu, msr, value), "MSR %#x", msr);
}

static u32 x2(u32 offset)
{
	return MSR_X2APIC + offset / 16;
}

static void enter_x2apic(struct vcpu *vcpu)
{
	set_msr(vcpu, MSR_APIC_BASE, get_msr(vcpu, MSR_APIC_BASE) | APIC_BASE_X2APIC);
}

/* What the guest takes at its next entry; 0: nothing. */
static u32 take(struct vcpu *vcpu)
{
	u32 vector;

	raised = 0;
	if (vcpu->arch.attention)
		lapic_deliver(vcpu);
	vector = raised & 0xff;
	CHECK_EQUAL(raised, vector ? 0x80000000 | vector : 0);
	return vector;
}

static void eoi(struct vcpu *vcpu)
{
	set_reg(vcpu, APIC_EOI, 0);
}

static bool is_set(struct vcpu *vcpu, u32 bank, u32 vector)
{
	return get_reg(vcpu, bank + vector / 32 * 16) >> vector % 32 & 1;
}

/* ---- an interrupt's way ---- */

TEST(request_service_end)
{
	setup();
	CHECK_EQUAL(take(cpu), 0);
	lapic_interrupt(cpu, 0x41, false);
	CHECK(is_set(cpu, APIC_IRR, 0x41) && !is_set(cpu, APIC_ISR, 0x41) && lapic_pending(cpu));
	CHECK_EQUAL(take(cpu), 0x41);
	CHECK(!is_set(cpu, APIC_IRR, 0x41) && is_set(cpu, APIC_ISR, 0x41) && !lapic_pending(cpu));
	CHECK_EQUAL(get_reg(cpu, APIC_PPR), 0x40);
	CHECK_EQUAL(take(cpu), 0);
	eoi(cpu);
	CHECK(!is_set(cpu, APIC_ISR, 0x41));
	CHECK_EQUAL(get_reg(cpu, APIC_PPR), 0);
}

TEST(one_that_comes_twice_before_it_is_taken_is_one)
{
	setup();
	lapic_interrupt(cpu, 0x41, false);
	lapic_interrupt(cpu, 0x41, false);
	CHECK_EQUAL(take(cpu), 0x41);
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0);
}

TEST(one_that_comes_again_in_service_waits_for_the_end)
{
	setup();
	lapic_interrupt(cpu, 0x41, false);
	CHECK_EQUAL(take(cpu), 0x41);
	lapic_interrupt(cpu, 0x41, false);
	CHECK_EQUAL(take(cpu), 0);
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0x41);
}

TEST(highest_vector_first)
{
	setup();
	lapic_interrupt(cpu, 0x31, false);
	lapic_interrupt(cpu, 0xfe, false);
	lapic_interrupt(cpu, 0x80, false);
	CHECK_EQUAL(take(cpu), 0xfe);
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0x80);
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0x31);
}

TEST(higher_class_interrupts_a_handler_and_ends_first)
{
	setup();
	lapic_interrupt(cpu, 0x45, false);
	CHECK_EQUAL(take(cpu), 0x45);
	lapic_interrupt(cpu, 0x4f, false); /* of the same class: not urgent enough */
	CHECK_EQUAL(take(cpu), 0);
	lapic_interrupt(cpu, 0x50, false);
	CHECK_EQUAL(take(cpu), 0x50);
	CHECK_EQUAL(get_reg(cpu, APIC_PPR), 0x50);
	eoi(cpu);
	CHECK(is_set(cpu, APIC_ISR, 0x45) && !is_set(cpu, APIC_ISR, 0x50));
	CHECK_EQUAL(take(cpu), 0);
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0x4f);
}

TEST(end_with_nothing_in_service_is_no_harm)
{
	setup();
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0);
}

TEST(task_priority_holds_its_class_and_below_back)
{
	setup();
	set_reg(cpu, APIC_TPR, 0x4f);
	CHECK_EQUAL(get_reg(cpu, APIC_PPR), 0x4f);
	lapic_interrupt(cpu, 0x4f, false);
	CHECK(!lapic_pending(cpu));
	CHECK_EQUAL(take(cpu), 0);
	set_reg(cpu, APIC_TPR, 0x3f);
	CHECK(lapic_pending(cpu));
	CHECK_EQUAL(take(cpu), 0x4f);
	CHECK_EQUAL(get_reg(cpu, APIC_PPR), 0x40);
	set_reg(cpu, APIC_TPR, 0x100 + 0x62); /* it has eight bits */
	CHECK_EQUAL(lapic_tpr(cpu), 0x62);
	CHECK_EQUAL(shown_tpr, 0x62);
	CHECK_EQUAL(get_reg(cpu, APIC_PPR), 0x62);
	eoi(cpu);
	lapic_interrupt(cpu, 0x6f, false);
	CHECK_EQUAL(take(cpu), 0);
	lapic_set_tpr(cpu, 0x50);
	CHECK_EQUAL(take(cpu), 0x6f);
}

TEST(guest_that_cannot_take_it_is_watched_until_it_can)
{
	setup();
	interruptible = false;
	lapic_interrupt(cpu, 0x41, false);
	CHECK_EQUAL(take(cpu), 0);
	CHECK(window && cpu->arch.attention && is_set(cpu, APIC_IRR, 0x41));
	CHECK_EQUAL(take(cpu), 0);
	lapic_interrupt(cpu, 0x51, false); /* a more urgent one meanwhile */
	interruptible = true;
	CHECK_EQUAL(take(cpu), 0x51);
	CHECK(!window && !cpu->arch.attention);
}

TEST(window_is_closed_when_what_waited_is_no_longer_urgent)
{
	setup();
	interruptible = false;
	lapic_interrupt(cpu, 0x41, false);
	CHECK_EQUAL(take(cpu), 0);
	set_reg(cpu, APIC_TPR, 0xff);
	CHECK_EQUAL(take(cpu), 0);
	CHECK(!window && !cpu->arch.attention);
}

TEST(nothing_is_accepted_while_disabled_by_software)
{
	setup();
	set_reg(cpu, APIC_SVR, 0xff);
	lapic_interrupt(cpu, 0x41, false);
	CHECK(!lapic_pending(cpu));
	set_reg(cpu, APIC_SVR, 0x1ff);
	CHECK(!lapic_pending(cpu));
}

TEST(disabling_masks_the_local_vectors_and_what_was_requested_stays)
{
	setup();
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	set_reg(cpu, APIC_LVT_ERROR, 0x42);
	lapic_interrupt(cpu, 0x41, false);
	set_reg(cpu, APIC_SVR, 0xff);
	CHECK_EQUAL(get_reg(cpu, APIC_LVT_TIMER), 0x10040);
	CHECK_EQUAL(get_reg(cpu, APIC_LVT_ERROR), 0x10042);
	set_reg(cpu, APIC_LVT_TIMER, 0x40); /* can't be unmasked now */
	CHECK_EQUAL(get_reg(cpu, APIC_LVT_TIMER), 0x10040);
	CHECK(is_set(cpu, APIC_IRR, 0x41));
}

TEST(level_is_told_in_the_trigger_mode_register)
{
	setup();
	lapic_interrupt(cpu, 0x41, true);
	CHECK(is_set(cpu, APIC_TMR, 0x41));
	lapic_interrupt(cpu, 0x41, false);
	CHECK(!is_set(cpu, APIC_TMR, 0x41));
}

/* ---- errors ---- */

TEST(vectors_below_16_are_errors_told_after_a_write)
{
	setup();
	lapic_interrupt(cpu, 15, false);
	CHECK_EQUAL(get_reg(cpu, APIC_ESR), 0);
	set_reg(cpu, APIC_ESR, 0);
	CHECK_EQUAL(get_reg(cpu, APIC_ESR), 0x40);
	CHECK_EQUAL(get_reg(cpu, APIC_ESR), 0x40);
	set_reg(cpu, APIC_ESR, 0);
	CHECK_EQUAL(get_reg(cpu, APIC_ESR), 0);
	set_reg(cpu, APIC_ICR, ICR_SELF | 3);
	set_reg(cpu, APIC_ESR, 0);
	CHECK_EQUAL(get_reg(cpu, APIC_ESR), 0x20);
	CHECK(!lapic_pending(cpu));
}

TEST(error_interrupts_unless_its_own_vector_is_one)
{
	setup();
	set_reg(cpu, APIC_LVT_ERROR, 0xe1);
	lapic_interrupt(cpu, 0, false);
	CHECK_EQUAL(take(cpu), 0xe1);
	eoi(cpu);
	set_reg(cpu, APIC_LVT_ERROR, 5);
	lapic_interrupt(cpu, 0, false);
	CHECK_EQUAL(take(cpu), 0);
}

/* ---- from one to others ---- */

/* Which vCPUs an interrupt with vector 0x77 has reached, as bits. */
static u32 reached(void)
{
	u32 who = 0;

	for (u32 i = 0; i < vm.nr_vcpus; i++) {
		if (lapic_pending(&vcpus[i])) {
			who |= 1u << i;
			CHECK_EQUAL(take(&vcpus[i]), 0x77);
			if (vcpus[i].arch.lapic.base & APIC_BASE_X2APIC)
				set_msr(&vcpus[i], x2(APIC_EOI), 0);
			else
				eoi(&vcpus[i]);
		}
	}
	return who;
}

static u32 command(u32 high, u32 low)
{
	set_reg(cpu, APIC_ICR_HIGH, high << 24);
	set_reg(cpu, APIC_ICR, low | 0x77);
	CHECK(!(get_reg(cpu, APIC_ICR) & 0x1000)); /* it has been sent at once */
	return reached();
}

TEST(destinations_by_shorthand)
{
	setup();
	CHECK_EQUAL(command(3, ICR_SELF), 1);
	CHECK_EQUAL(command(3, ICR_ALL), 0xf);
	CHECK_EQUAL(command(3, ICR_OTHERS), 0xe);
}

TEST(destinations_by_number)
{
	setup();
	CHECK_EQUAL(command(0, 0), 1);
	CHECK_EQUAL(command(3, 0), 8);
	CHECK_EQUAL(command(4, 0), 0);
	CHECK_EQUAL(command(0xff, 0), 0xf);
}

TEST(destinations_in_the_flat_model)
{
	setup();
	CHECK_EQUAL(command(0x0a, ICR_LOGICAL), 0xa);
	CHECK_EQUAL(command(0x01, ICR_LOGICAL), 1);
	CHECK_EQUAL(command(0x10, ICR_LOGICAL), 0);
	CHECK_EQUAL(command(0xff, ICR_LOGICAL), 0xf);
}

TEST(destinations_in_clusters)
{
	setup();
	for (u32 i = 0; i < 4; i++) {
		set_reg(&vcpus[i], APIC_DFR, 0);
		CHECK_EQUAL(get_reg(&vcpus[i], APIC_DFR), 0x0fffffff);
		set_reg(&vcpus[i], APIC_LDR, ((i / 2) << 28) | (1u << i % 2) << 24);
	}
	CHECK_EQUAL(command(0x03, ICR_LOGICAL), 3);
	CHECK_EQUAL(command(0x12, ICR_LOGICAL), 8);
	CHECK_EQUAL(command(0x23, ICR_LOGICAL), 0);
	CHECK_EQUAL(command(0xf1, ICR_LOGICAL), 5);
	CHECK_EQUAL(command(0xff, ICR_LOGICAL), 0xf);
}

TEST(lowest_priority_goes_to_one)
{
	setup();
	CHECK_EQUAL(command(0x0c, ICR_LOGICAL | 0x100), 4);
}

TEST(nmi_smi_and_external_interrupts_go_nowhere)
{
	setup();
	CHECK_EQUAL(command(1, 0x200), 0);
	CHECK_EQUAL(command(1, 0x400), 0);
	CHECK_EQUAL(command(1, 0x700), 0);
}

TEST(destinations_of_an_x2apic)
{
	setup();
	for (u32 i = 0; i < 4; i++)
		enter_x2apic(&vcpus[i]);
	CHECK_EQUAL(get_msr(&vcpus[3], x2(APIC_ID)), 3);
	CHECK_EQUAL(get_msr(&vcpus[3], x2(APIC_LDR)), 8);
	set_msr(cpu, x2(APIC_ICR), 2ul << 32 | 0x77);
	CHECK_EQUAL(get_msr(cpu, x2(APIC_ICR)), 2ul << 32 | 0x77);
	CHECK_EQUAL(reached(), 4);
	set_msr(cpu, x2(APIC_ICR), 0xful << 32 | ICR_LOGICAL | 0x77);
	CHECK_EQUAL(reached(), 0xf);
	set_msr(cpu, x2(APIC_ICR), 0x10005ul << 32 | ICR_LOGICAL | 0x77); /* cluster 1 */
	CHECK_EQUAL(reached(), 0);
	set_msr(cpu, x2(APIC_ICR), 0xfffffffful << 32 | 0x77);
	CHECK_EQUAL(reached(), 0xf);
	set_msr(cpu, x2(APIC_ICR), 0x100ul << 32 | 0x77); /* no cut to eight bits */
	CHECK_EQUAL(reached(), 0);
	set_msr(cpu, x2(APIC_SELF_IPI), 0x77);
	CHECK_EQUAL(reached(), 1);
}

/* ---- the timer ---- */

static void passes(u64 ticks)
{
	now += ticks;
	lapic_check_timer(cpu);
}

TEST(one_shot)
{
	setup();
	set_reg(cpu, APIC_DIVIDE, 0xb);
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	set_reg(cpu, APIC_INITIAL, 1000);
	CHECK_EQUAL(programmed, now + 1000);
	CHECK_EQUAL(lapic_timer_deadline(cpu), now + 1000);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 1000);
	passes(999);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 1);
	CHECK_EQUAL(take(cpu), 0);
	passes(1);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0);
	CHECK_EQUAL(get_reg(cpu, APIC_INITIAL), 1000);
	CHECK_EQUAL(take(cpu), 0x40);
	eoi(cpu);
	passes(100000);
	CHECK_EQUAL(take(cpu), 0);
	CHECK_EQUAL(lapic_timer_deadline(cpu), ~0ul);
}

TEST(counts_down_before_anyone_looks)
{
	setup();
	set_reg(cpu, APIC_DIVIDE, 0xb);
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	set_reg(cpu, APIC_INITIAL, 1000);
	now += 5000;
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0);
}

TEST(divisors)
{
	static const u8 shift[16] = { 1, 2, 3, 4, [8] = 5, 6, 7, 0 };

	setup();
	for (u32 i = 0; i < 16; i++) {
		set_reg(cpu, APIC_DIVIDE, i);
		CHECK_EQUAL(get_reg(cpu, APIC_DIVIDE), i & 0xb);
		set_reg(cpu, APIC_INITIAL, 0xffffffff);
		CHECK_EQUAL(programmed, now + (0xfffffffful << shift[i & 0xb]));
		CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0xffffffff);
		now += 3ul << shift[i & 0xb];
		CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0xfffffffc);
	}
}

TEST(periodic)
{
	setup();
	set_reg(cpu, APIC_DIVIDE, 0); /* by 2 */
	set_reg(cpu, APIC_LVT_TIMER, PERIODIC | 0x40);
	set_reg(cpu, APIC_INITIAL, 100);
	for (u32 i = 0; i < 3; i++) {
		passes(150);
		CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 25);
		passes(50);
		CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 100);
		CHECK_EQUAL(take(cpu), 0x40);
		eoi(cpu);
	}
	now += 1010; /* five rounds, of which it is told once; the next comes in time */
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 95);
	passes(0);
	CHECK_EQUAL(take(cpu), 0x40);
	eoi(cpu);
	CHECK_EQUAL(take(cpu), 0);
	CHECK_EQUAL(lapic_timer_deadline(cpu), now + 190);
	set_reg(cpu, APIC_INITIAL, 0);
	CHECK_EQUAL(programmed, ~0ul);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0);
	passes(100000);
	CHECK_EQUAL(take(cpu), 0);
}

TEST(periodic_becomes_one_shot_while_it_counts)
{
	setup();
	set_reg(cpu, APIC_DIVIDE, 0xb);
	set_reg(cpu, APIC_LVT_TIMER, PERIODIC | 0x40);
	set_reg(cpu, APIC_INITIAL, 100);
	set_reg(cpu, APIC_LVT_TIMER, 0x41);
	passes(250);
	CHECK_EQUAL(take(cpu), 0x41);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0);
}

TEST(tsc_deadline)
{
	setup();
	set_reg(cpu, APIC_LVT_TIMER, DEADLINE | 0x40);
	set_msr(cpu, MSR_TSC_DEADLINE, now + 500);
	CHECK_EQUAL(programmed, now + 500);
	CHECK_EQUAL(get_msr(cpu, MSR_TSC_DEADLINE), now + 500);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0);
	set_reg(cpu, APIC_INITIAL, 7); /* means nothing in this mode */
	CHECK_EQUAL(get_reg(cpu, APIC_INITIAL), 0);
	passes(499);
	CHECK_EQUAL(take(cpu), 0);
	now++;
	CHECK_EQUAL(get_msr(cpu, MSR_TSC_DEADLINE), 0); /* though nobody has looked yet */
	passes(0);
	CHECK_EQUAL(take(cpu), 0x40);
	CHECK_EQUAL(get_msr(cpu, MSR_TSC_DEADLINE), 0);
	eoi(cpu);
	set_msr(cpu, MSR_TSC_DEADLINE, 1); /* long past: now */
	CHECK_EQUAL(take(cpu), 0x40);
	eoi(cpu);
	set_msr(cpu, MSR_TSC_DEADLINE, now + 500);
	set_msr(cpu, MSR_TSC_DEADLINE, 0); /* disarmed */
	passes(1000);
	CHECK_EQUAL(take(cpu), 0);
}

TEST(deadlines_up_to_the_end_of_time)
{
	setup();
	set_reg(cpu, APIC_LVT_TIMER, DEADLINE | 0x40);
	set_msr(cpu, MSR_TSC_DEADLINE, ~0ul - 1);
	now = ~0ul - 2;
	passes(0);
	CHECK_EQUAL(take(cpu), 0);
	passes(1);
	CHECK_EQUAL(take(cpu), 0x40);
}

TEST(to_and_from_deadline_mode_the_timer_stops)
{
	setup();
	set_reg(cpu, APIC_LVT_TIMER, DEADLINE | 0x40);
	set_msr(cpu, MSR_TSC_DEADLINE, now + 500);
	set_reg(cpu, APIC_LVT_TIMER, PERIODIC | 0x40);
	CHECK_EQUAL(programmed, ~0ul);
	passes(1000);
	CHECK_EQUAL(take(cpu), 0);
	set_reg(cpu, APIC_INITIAL, 100);
	set_msr(cpu, MSR_TSC_DEADLINE, 1); /* means nothing in this mode */
	CHECK_EQUAL(get_msr(cpu, MSR_TSC_DEADLINE), 0);
	CHECK_EQUAL(take(cpu), 0);
	set_reg(cpu, APIC_LVT_TIMER, DEADLINE | 0x40);
	passes(1000);
	CHECK_EQUAL(take(cpu), 0);
}

TEST(timer_that_can_not_interrupt_wakes_no_one)
{
	setup();
	set_reg(cpu, APIC_DIVIDE, 0xb);
	set_reg(cpu, APIC_LVT_TIMER, 0x10040);
	set_reg(cpu, APIC_INITIAL, 100);
	CHECK_EQUAL(lapic_timer_deadline(cpu), ~0ul);
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	CHECK_EQUAL(lapic_timer_deadline(cpu), now + 100);
	set_reg(cpu, APIC_TPR, 0x40);
	CHECK_EQUAL(lapic_timer_deadline(cpu), ~0ul);
	set_reg(cpu, APIC_TPR, 0x30);
	set_reg(cpu, APIC_SVR, 0xff);
	CHECK_EQUAL(lapic_timer_deadline(cpu), ~0ul);
}

TEST(masked_timer_counts_without_interrupt)
{
	setup();
	set_reg(cpu, APIC_DIVIDE, 0xb);
	set_reg(cpu, APIC_INITIAL, 100);
	passes(40);
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 60);
	passes(60);
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	CHECK_EQUAL(take(cpu), 0);
}

/* ---- modes and registers ---- */

TEST(state_after_reset)
{
	setup();
	lapic_reset(cpu);
	CHECK_EQUAL(get_msr(&vcpus[0], MSR_APIC_BASE), 0xfee00900);
	CHECK_EQUAL(get_msr(&vcpus[1], MSR_APIC_BASE), 0xfee00800);
	CHECK_EQUAL(get_reg(&vcpus[2], APIC_ID), 2u << 24);
	CHECK_EQUAL(get_reg(cpu, APIC_VERSION), 0x50014);
	CHECK_EQUAL(get_reg(cpu, APIC_SVR), 0xff);
	CHECK_EQUAL(get_reg(cpu, APIC_DFR), 0xffffffff);
	CHECK_EQUAL(get_reg(cpu, APIC_LDR), 0);
	for (u32 lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt += 16)
		CHECK_EQUAL(get_reg(cpu, lvt), 0x10000);
}

TEST(mode_changes)
{
	static const struct {
		u64 from, to;
		bool allowed;
	} changes[] = {
		{ 0, 0, true },
		{ 0, APIC_BASE_ENABLE, true },
		{ 0, APIC_BASE_X2APIC, false },
		{ 0, X2APIC, false },
		{ APIC_BASE_ENABLE, 0, true },
		{ APIC_BASE_ENABLE, APIC_BASE_ENABLE, true },
		{ APIC_BASE_ENABLE, APIC_BASE_X2APIC, false },
		{ APIC_BASE_ENABLE, X2APIC, true },
		{ X2APIC, 0, true },
		{ X2APIC, APIC_BASE_ENABLE, false },
		{ X2APIC, APIC_BASE_X2APIC, false },
		{ X2APIC, X2APIC, true },
	};
	const u64 base = 0xfee00000 | APIC_BASE_BSP;

	for (u32 i = 0; i < ARRAY_SIZE(changes); i++) {
		setup();
		if (changes[i].from == X2APIC)
			enter_x2apic(cpu);
		else
			set_msr(cpu, MSR_APIC_BASE, base | changes[i].from);
		CHECK_SAYING(lapic_msr_write(cpu, MSR_APIC_BASE, base | changes[i].to) ==
				     changes[i].allowed,
			     "change %u", i);
		CHECK_EQUAL(get_msr(cpu, MSR_APIC_BASE),
			    base | (changes[i].allowed ? changes[i].to : changes[i].from));
	}
}

TEST(base_can_not_be_moved_nor_reserved_bits_set)
{
	setup();
	CHECK(!lapic_msr_write(cpu, MSR_APIC_BASE, 0xfee01900));
	CHECK(!lapic_msr_write(cpu, MSR_APIC_BASE, 0xfee00901));
	CHECK(!lapic_msr_write(cpu, MSR_APIC_BASE, 0xfee00b00));
	CHECK(!lapic_msr_write(cpu, MSR_APIC_BASE, 0x10000fee00900));
	CHECK(!lapic_msr_write(cpu, MSR_APIC_BASE, 0xfee00800));
	CHECK(!lapic_msr_write(&vcpus[1], MSR_APIC_BASE, 0xfee00900));
}

TEST(disabled_it_forgets_everything_and_is_not_there)
{
	u32 value;

	setup();
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	set_reg(cpu, APIC_INITIAL, 100);
	lapic_interrupt(cpu, 0x41, false);
	set_msr(cpu, MSR_APIC_BASE, 0xfee00100);
	CHECK(!lapic_read(cpu, APIC_ID, &value) && !lapic_write(cpu, APIC_EOI, 0));
	lapic_interrupt(cpu, 0x41, false);
	CHECK(!lapic_pending(cpu) && lapic_timer_deadline(cpu) == ~0ul);
	set_msr(cpu, MSR_APIC_BASE, 0xfee00900);
	CHECK_EQUAL(get_reg(cpu, APIC_LVT_TIMER), 0x10000);
	CHECK_EQUAL(get_reg(cpu, APIC_SVR), 0xff);
	CHECK(!is_set(cpu, APIC_IRR, 0x41));
}

TEST(each_mode_has_its_own_way_in)
{
	u64 value;
	u32 word;

	setup();
	CHECK(!lapic_msr_read(cpu, x2(APIC_ID), &value) && !lapic_msr_write(cpu, x2(APIC_TPR), 0));
	enter_x2apic(cpu);
	CHECK(!lapic_read(cpu, APIC_ID, &word) && !lapic_write(cpu, APIC_TPR, 0));
	CHECK_EQUAL(get_msr(cpu, x2(APIC_VERSION)), 0x50014);
}

TEST(going_to_x2apic_keeps_the_rest)
{
	setup();
	set_reg(cpu, APIC_LVT_TIMER, 0x40);
	set_reg(cpu, APIC_DIVIDE, 0xb);
	set_reg(cpu, APIC_INITIAL, 100);
	lapic_interrupt(cpu, 0x41, false);
	enter_x2apic(cpu);
	CHECK_EQUAL(get_msr(cpu, x2(APIC_LVT_TIMER)), 0x40);
	CHECK_EQUAL(get_msr(cpu, x2(APIC_SVR)), 0x1ff);
	CHECK_EQUAL(take(cpu), 0x41);
	passes(100);
	CHECK_EQUAL(take(cpu), 0);
	set_msr(cpu, x2(APIC_EOI), 0);
	CHECK_EQUAL(take(cpu), 0x40);
}

static bool in_list(u32 offset, const u32 *list, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (list[i] == offset)
			return true;
	return false;
}

TEST(page_has_these_registers_and_no_others)
{
	static const u32 there[] = {
		APIC_ID, APIC_VERSION, APIC_TPR, APIC_PPR, APIC_EOI, APIC_LDR, APIC_DFR, APIC_SVR,
		APIC_ESR, APIC_ICR, APIC_ICR_HIGH, APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERF,
		APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR, APIC_INITIAL, APIC_CURRENT,
		APIC_DIVIDE,
	};
	u32 value;

	setup();
	for (u32 offset = 0; offset < 0x1000; offset++) {
		bool bank = offset % 16 == 0 && offset >= APIC_ISR && offset < APIC_ESR;
		bool expected = bank || in_list(offset, there, ARRAY_SIZE(there));

		CHECK_SAYING(lapic_read(cpu, offset, &value) == expected, "read %#x", offset);
		CHECK_SAYING(lapic_write(cpu, offset, 0) == expected, "write %#x", offset);
	}
}

TEST(msrs_that_read_and_msrs_that_write)
{
	static const u32 both[] = {
		APIC_TPR, APIC_SVR, APIC_ESR, APIC_ICR, APIC_LVT_TIMER, APIC_LVT_THERMAL,
		APIC_LVT_PERF, APIC_LVT_LINT0, APIC_LVT_LINT1, APIC_LVT_ERROR, APIC_INITIAL,
		APIC_DIVIDE,
	};
	static const u32 only_read[] = { APIC_ID, APIC_VERSION, APIC_PPR, APIC_LDR, APIC_CURRENT };
	static const u32 only_write[] = { APIC_EOI, APIC_SELF_IPI };
	u64 value;

	setup();
	enter_x2apic(cpu);
	for (u32 offset = 0; offset < 0x1000; offset += 16) {
		bool bank = offset >= APIC_ISR && offset < APIC_ESR;
		bool rw = in_list(offset, both, ARRAY_SIZE(both));

		CHECK_SAYING(lapic_msr_read(cpu, x2(offset), &value) ==
				     (rw || bank || in_list(offset, only_read, 5)),
			     "read %#x", offset);
		CHECK_SAYING(lapic_msr_write(cpu, x2(offset), 0) ==
				     (rw || in_list(offset, only_write, 2)),
			     "write %#x", offset);
	}
}

TEST(reserved_bits_of_an_x2apic)
{
	setup();
	enter_x2apic(cpu);
	CHECK(!lapic_msr_write(cpu, x2(APIC_EOI), 1));
	CHECK(!lapic_msr_write(cpu, x2(APIC_ESR), 1));
	CHECK(!lapic_msr_write(cpu, x2(APIC_TPR), 0x100));
	CHECK(!lapic_msr_write(cpu, x2(APIC_TPR), 1ul << 32));
	CHECK(!lapic_msr_write(cpu, x2(APIC_SVR), 0x2ff));
	CHECK(!lapic_msr_write(cpu, x2(APIC_LVT_TIMER), 0x80040));
	CHECK(!lapic_msr_write(cpu, x2(APIC_LVT_ERROR), 0x20040));
	CHECK(!lapic_msr_write(cpu, x2(APIC_DIVIDE), 4));
	CHECK(!lapic_msr_write(cpu, x2(APIC_ICR), 0x1041));
	CHECK(!lapic_msr_write(cpu, x2(APIC_ICR), 0x100041));
	CHECK(!lapic_msr_write(cpu, x2(APIC_SELF_IPI), 0x141));
	CHECK(!lapic_msr_write(cpu, x2(APIC_INITIAL), 1ul << 32));
	CHECK(!lapic_pending(cpu));
	CHECK(!lapic_msr_write(cpu, 0x840, 0) && !lapic_msr_write(cpu, 0x7ff, 0));
}

TEST(bits_that_are_not_the_guests_to_write_stay_in_the_page)
{
	setup();
	set_reg(cpu, APIC_ID, 0xffffffff);
	CHECK_EQUAL(get_reg(cpu, APIC_ID), 0);
	set_reg(cpu, APIC_IRR + 0x20, 0xffffffff);
	set_reg(cpu, APIC_CURRENT, 0xffffffff);
	CHECK(!lapic_pending(cpu));
	CHECK_EQUAL(get_reg(cpu, APIC_CURRENT), 0);
	set_reg(cpu, APIC_LVT_LINT0, 0xffffffff);
	CHECK_EQUAL(get_reg(cpu, APIC_LVT_LINT0), 0x1a7ff);
	set_reg(cpu, APIC_LVT_TIMER, 0xffffffff);
	CHECK_EQUAL(get_reg(cpu, APIC_LVT_TIMER), 0x700ff);
	CHECK_EQUAL(get_reg(cpu, APIC_EOI), 0);
}

/* Every access in any mode, at any time: no harm, and never a vector below 16. */
TEST(any_access_at_all)
{
	u64 value;
	u32 word;

	setup();
	for (u32 turn = 0; turn < 300000; turn++) {
		struct vcpu *vcpu = &vcpus[host_random(4)];
		u32 offset = host_random(2) ? 16 * host_random(66) : host_random(0x1100);

		now += host_random(3) ? host_random(1000) : host_random(1ul << 34);
		interruptible = host_random(2);
		word = host_random(~0ul) & (host_random(2) ? ~0u : 0x710ff);
		switch (host_random(8)) {
		case 0:
			lapic_read(vcpu, offset, &word);
			break;
		case 1:
			lapic_write(vcpu, offset, word);
			break;
		case 2:
			lapic_msr_read(vcpu, x2(offset), &value);
			break;
		case 3:
			lapic_msr_write(vcpu, x2(offset), word);
			break;
		case 4:
			lapic_msr_write(vcpu, host_random(2) ? MSR_TSC_DEADLINE : MSR_APIC_BASE,
					host_random(4) ? now + host_random(1000) :
					0xfee00000 | host_random(16) << 8);
			break;
		case 5:
			lapic_interrupt(vcpu, word & 0xff, host_random(2));
			break;
		case 6:
			lapic_check_timer(vcpu);
			lapic_timer_deadline(vcpu);
			break;
		default:
			word = take(vcpu);
			CHECK(!word || (word >= 16 && interruptible));
			CHECK(!lapic_pending(vcpu) || vcpu->arch.attention);
		}
	}
}
