// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/ioapic.c arch/x86_64/lapic.c core/device.c core/frame.c core/pcpu.c */
#include "machine.h"
#include <arch/ioapic.h>
#include <arch/lapic.h>

enum { INDEX = 0, WINDOW = 0x10, REDIRECTION = 0x10 };
enum { LOGICAL = 0x800, LEVEL = 0x8000, MASKED = 0x10000, REMOTE_IRR = 0x4000 };
enum { INIT = 0x4500, START_UP = 0x4600, TO_OTHERS = 0xc0000 };

static struct device *ioapic;
static struct vcpu vcpus[3];
static u64 taken;

u64 arch_time(void)
{
	return 0;
}

void arch_timer_program(struct vcpu *vcpu)
{
}

bool vcpu_can_interrupt(const struct vcpu *vcpu)
{
	return true;
}

void vcpu_raise(struct vcpu *vcpu, u64 event)
{
	taken = event & 0xff;
}

void arch_vcpu_reset(struct vcpu *vcpu, gpa_t entry, u64 arg)
{
	memset(&vcpu->arch, 0, sizeof(vcpu->arch));
	vcpu->arch.rip = entry;
	lapic_reset(vcpu);
}

static void show_tpr(struct vcpu *vcpu, u32 tpr)
{
}

static const struct virt test_virt = { .show_tpr = show_tpr };
const struct virt *virt = &test_virt;

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
	ioapic = vm.irqchip = ioapic_create(&vm);
	CHECK(ioapic);
}

static u32 get_reg(u32 index)
{
	set(ioapic, INDEX, 4, index);
	return get(ioapic, WINDOW, 4);
}

static void set_reg(u32 index, u32 value)
{
	set(ioapic, INDEX, 4, index);
	set(ioapic, WINDOW, 4, value);
}

static void redirect(u32 pin, u32 low, u32 destination)
{
	set_reg(REDIRECTION + 2 * pin + 1, destination << 24);
	set_reg(REDIRECTION + 2 * pin, low);
}

static u32 entry(u32 pin)
{
	return get_reg(REDIRECTION + 2 * pin);
}

/* The vector that this vCPU takes next; 0: none. */
static u32 take(u32 i)
{
	taken = 0;
	if (vcpus[i].arch.attention)
		lapic_deliver(&vcpus[i]);
	return taken;
}

static void eoi(u32 i)
{
	CHECK(lapic_write(&vcpus[i], APIC_EOI, 0));
}

TEST(registers)
{
	setup();
	CHECK_EQUAL(get_reg(1), 0x170011);
	set_reg(0, 0xffffffff);
	CHECK_EQUAL(get_reg(0), 0x0f000000);
	CHECK_EQUAL(get_reg(2), 0x0f000000);
	set_reg(1, 0);
	CHECK_EQUAL(get_reg(1), 0x170011);
	for (u32 pin = 0; pin < 24; pin++)
		CHECK_EQUAL(entry(pin), MASKED);
	set_reg(REDIRECTION + 47, 0xffffffff);
	CHECK_EQUAL(get_reg(REDIRECTION + 47), 0xff000000);
	set_reg(REDIRECTION + 46, 0xfffeffff);
	CHECK_EQUAL(get_reg(REDIRECTION + 46), 0xafff); /* delivery status, remote IRR: read-only */
	CHECK_EQUAL(get_reg(REDIRECTION + 48), 0);
	set_reg(REDIRECTION + 48, 0xffffffff);
	set_reg(0xff, 0xffffffff);
	set(ioapic, INDEX, 1, 1);
	CHECK_EQUAL(get(ioapic, WINDOW, 4), 0x170011);
	CHECK_EQUAL(get(ioapic, INDEX, 4), 1);
}

TEST(other_offsets_and_widths_are_refused)
{
	setup();
	CHECK(refuses(ioapic, 0x20, 4) && refuses(ioapic, 0x40, 4) && refuses(ioapic, 4, 4));
	CHECK(refuses(ioapic, WINDOW, 1) && refuses(ioapic, WINDOW, 8) && refuses(ioapic, 0, 2));
}

TEST(an_edge_is_one_interrupt)
{
	setup();
	redirect(4, 0x44, 0);
	ioapic_set_pin(ioapic, 4, true);
	CHECK_EQUAL(take(0), 0x44);
	ioapic_set_pin(ioapic, 4, true);
	eoi(0);
	CHECK_EQUAL(take(0), 0);
	ioapic_set_pin(ioapic, 4, false);
	CHECK_EQUAL(take(0), 0);
	ioapic_set_pin(ioapic, 4, true);
	CHECK_EQUAL(take(0), 0x44);
	CHECK(!(entry(4) & REMOTE_IRR));
}

TEST(an_edge_at_a_masked_pin_is_lost)
{
	setup();
	ioapic_set_pin(ioapic, 4, true);
	redirect(4, MASKED | 0x44, 0);
	ioapic_set_pin(ioapic, 4, false);
	ioapic_set_pin(ioapic, 4, true);
	redirect(4, 0x44, 0);
	CHECK_EQUAL(take(0), 0);
}

TEST(a_level_interrupts_until_it_falls)
{
	setup();
	redirect(9, LEVEL | 0x50, 0);
	ioapic_set_pin(ioapic, 9, true);
	CHECK(entry(9) & REMOTE_IRR);
	CHECK_EQUAL(take(0), 0x50);
	CHECK_EQUAL(take(0), 0); /* not again before its end */
	eoi(0);
	CHECK_EQUAL(take(0), 0x50);
	ioapic_set_pin(ioapic, 9, false);
	CHECK(entry(9) & REMOTE_IRR);
	eoi(0);
	CHECK(!(entry(9) & REMOTE_IRR));
	CHECK_EQUAL(take(0), 0);
}

TEST(a_masked_level_waits)
{
	setup();
	redirect(9, MASKED | LEVEL | 0x50, 0);
	ioapic_set_pin(ioapic, 9, true);
	CHECK_EQUAL(take(0), 0);
	redirect(9, LEVEL | 0x50, 0);
	CHECK_EQUAL(take(0), 0x50);
	redirect(9, MASKED | LEVEL | 0x50, 0);
	eoi(0);
	CHECK_EQUAL(take(0), 0);
}

TEST(two_levels_with_one_vector)
{
	setup();
	redirect(9, LEVEL | 0x50, 0);
	redirect(10, LEVEL | 0x50, 0);
	ioapic_set_pin(ioapic, 9, true);
	ioapic_set_pin(ioapic, 10, true);
	CHECK_EQUAL(take(0), 0x50);
	ioapic_set_pin(ioapic, 9, false);
	eoi(0);
	CHECK_EQUAL(take(0), 0x50);
	ioapic_set_pin(ioapic, 10, false);
	eoi(0);
	CHECK_EQUAL(take(0), 0);
	CHECK(!(entry(9) & REMOTE_IRR) && !(entry(10) & REMOTE_IRR));
}

TEST(end_of_an_edge_tells_no_pin)
{
	setup();
	redirect(9, LEVEL | 0x50, 0);
	ioapic_set_pin(ioapic, 9, true);
	CHECK_EQUAL(take(0), 0x50);
	lapic_interrupt(&vcpus[0], 0x60, false);
	CHECK_EQUAL(take(0), 0x60);
	eoi(0);
	CHECK(entry(9) & REMOTE_IRR);
}

TEST(a_level_that_no_one_took_is_not_held_back)
{
	setup();
	redirect(9, LEVEL | 0x50, 7);
	ioapic_set_pin(ioapic, 9, true);
	CHECK(!(entry(9) & REMOTE_IRR));
	redirect(9, LEVEL | 0x50, 1);
	CHECK_EQUAL(take(1), 0x50);
}

TEST(made_edge_triggered_it_forgets_who_has_it)
{
	setup();
	redirect(9, LEVEL | 0x50, 0);
	ioapic_set_pin(ioapic, 9, true);
	redirect(9, MASKED | 0x50, 0);
	CHECK(!(entry(9) & REMOTE_IRR));
}

TEST(destinations)
{
	setup();
	redirect(1, 0x41, 2);
	redirect(2, LOGICAL | 0x42, 6);
	redirect(3, LOGICAL | 0x100 | 0x43, 6);
	redirect(4, 0x44, 0xff);
	ioapic_set_pin(ioapic, 1, true);
	CHECK(take(0) == 0 && take(1) == 0 && take(2) == 0x41);
	eoi(2);
	ioapic_set_pin(ioapic, 2, true);
	CHECK(take(0) == 0 && take(1) == 0x42 && take(2) == 0x42);
	eoi(1);
	eoi(2);
	ioapic_set_pin(ioapic, 3, true);
	CHECK(take(0) == 0 && take(1) == 0x43 && take(2) == 0);
	eoi(1);
	ioapic_set_pin(ioapic, 4, true);
	CHECK(take(0) == 0x44 && take(1) == 0x44 && take(2) == 0x44);
}

TEST(lowest_priority_passes_over_who_is_disabled)
{
	setup();
	CHECK(lapic_write(&vcpus[0], APIC_SVR, 0xff));
	redirect(3, LOGICAL | 0x100 | 0x43, 7);
	ioapic_set_pin(ioapic, 3, true);
	CHECK(take(0) == 0 && take(1) == 0x43);
}

TEST(vcpus_in_x2apic_mode_are_found)
{
	setup();
	for (u32 i = 0; i < 3; i++)
		CHECK(lapic_msr_write(&vcpus[i], MSR_APIC_BASE,
				      vcpus[i].arch.lapic.base | APIC_BASE_X2APIC));
	redirect(1, 0x41, 2);
	redirect(2, LOGICAL | 0x42, 2);
	ioapic_set_pin(ioapic, 1, true);
	ioapic_set_pin(ioapic, 2, true);
	CHECK(take(0) == 0 && take(1) == 0x42 && take(2) == 0x41);
}

TEST(nmi_and_its_kin_and_vectors_below_16_reach_no_one)
{
	setup();
	redirect(1, 0x441, 0);
	redirect(2, 0x741, 0);
	redirect(3, 0x008, 0);
	for (u32 pin = 1; pin < 4; pin++)
		ioapic_set_pin(ioapic, pin, true);
	CHECK_EQUAL(take(0), 0);
}

TEST(pins_that_do_not_exist)
{
	setup();
	ioapic_set_pin(ioapic, 24, true);
	ioapic_set_pin(ioapic, 0xffffffff, true);
}

/* ---- starting and stopping (lapic.c) ---- */

static void command(u32 destination, u32 low)
{
	CHECK(lapic_write(&vcpus[0], APIC_ICR_HIGH, destination << 24));
	CHECK(lapic_write(&vcpus[0], APIC_ICR, low));
}

TEST(start_up_runs_who_is_stopped)
{
	setup();
	vcpus[1].stopped = vcpus[2].stopped = vcpus[1].waiting = true;
	command(1, INIT);
	CHECK(vcpus[1].stopped);
	command(1, START_UP | 0x08);
	CHECK(!vcpus[1].stopped && !vcpus[1].waiting && vcpus[2].stopped);
	CHECK_EQUAL(vcpus[1].arch.rip, 0x8000);
	vcpus[1].arch.rip = 1;
	command(1, START_UP | 0x09); /* the second of two, as kernels send them */
	CHECK_EQUAL(vcpus[1].arch.rip, 1);
}

TEST(init_stops_and_its_deassertion_does_not)
{
	setup();
	command(1, 0x8500);
	CHECK(!vcpus[1].stopped);
	command(1, INIT);
	CHECK(vcpus[1].stopped);
	command(0, TO_OTHERS | INIT);
	CHECK(!vcpus[0].stopped && vcpus[2].stopped);
	command(0, INIT); /* itself: no one would be left to wake it */
	CHECK(!vcpus[0].stopped);
}

TEST(start_up_keeps_the_apics_mode)
{
	setup();
	CHECK(lapic_msr_write(&vcpus[1], MSR_APIC_BASE,
			      vcpus[1].arch.lapic.base | APIC_BASE_X2APIC));
	command(1, INIT);
	command(1, START_UP | 1);
	CHECK(vcpus[1].arch.lapic.base & APIC_BASE_X2APIC);
}

TEST(any_access_at_all)
{
	setup();
	for (u32 turn = 0; turn < 300000; turn++) {
		u64 value = host_random(~0ul), offset = host_random(4) ? 16 * host_random(5) :
									 host_random(0x1000);
		u32 width = 1u << host_random(4), i = host_random(3);

		switch (host_random(8)) {
		case 0:
			ioapic->ops->read(ioapic, offset, width, &value);
			break;
		case 1:
		case 2:
			ioapic->ops->write(ioapic, offset, width,
					   width < 8 ? value & (BIT(8 * width) - 1) : value);
			break;
		case 3:
			set_reg(host_random(0x44), value & (host_random(2) ? 0xfeffff : ~0u));
			break;
		case 4:
			eoi(i);
			break;
		case 5:
			CHECK(take(i) == 0 || taken >= 16);
			break;
		default:
			ioapic_set_pin(ioapic, host_random(26), host_random(2));
		}
	}
}
