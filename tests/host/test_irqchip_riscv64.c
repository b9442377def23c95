// SPDX-License-Identifier: MIT
/* SOURCES: arch/riscv64/irqchip.c core/device.c core/frame.c core/pcpu.c */
#include "machine.h"
#include <arch/csr.h>
#include <hv/console.h>
#if __has_include(<hv/host.h>)
#include <hv/host.h>
struct host host;
#endif

enum { PRIORITY = 0, PENDING = 0x1000, ENABLE = 0x2080, THRESHOLD = 0x201000, CLAIM = 0x201004 };
/* The second vCPU's S-mode context is the host's numbering's third. */
enum { ENABLE_1 = 0x2180, CLAIM_1 = 0x203004 };

static struct device *plic;
static struct vcpu vcpus[2];
static bool pending[2];

void arch_vcpu_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	CHECK(irq == IRQ_VSEI);
	pending[vcpu - vcpus] = level;
}

void console_poll(void)
{
}

void arch_console_enable_irq(void)
{
}

u64 host_csr_read(const char *csr)
{
	(void)csr;
	return 0;
}

static void setup(void)
{
	setup_vm();
	vm.nr_vcpus = 2;
	vm.vcpus[0] = &vcpus[0];
	vm.vcpus[1] = &vcpus[1];
	CHECK(arch_irqchip_create(&vm));
	plic = vm.irqchip;
}

static void enable(u32 source, u32 priority)
{
	set(plic, PRIORITY + 4 * source, 4, priority);
	set(plic, ENABLE + source / 32 * 4, 4,
	    get(plic, ENABLE + source / 32 * 4, 4) | 1u << source % 32);
}

TEST(interrupt_from_line_to_completion)
{
	setup();
	enable(10, 1);
	CHECK(!pending[0]);
	vm_irq_set(&vm, 10, true);
	CHECK(pending[0] && !pending[1]);
	CHECK_EQUAL(get(plic, PENDING, 4), 1 << 10);
	CHECK_EQUAL(get(plic, CLAIM, 4), 10);
	CHECK(!pending[0]);
	CHECK_EQUAL(get(plic, PENDING, 4), 0);
	vm_irq_set(&vm, 10, false);
	set(plic, CLAIM, 4, 10);
	CHECK(!pending[0]);
}

TEST(line_that_stays_high_interrupts_again_after_completion)
{
	setup();
	enable(10, 1);
	vm_irq_set(&vm, 10, true);
	CHECK_EQUAL(get(plic, CLAIM, 4), 10);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
	CHECK(!pending[0]);
	set(plic, CLAIM, 4, 10);
	CHECK(pending[0]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 10);
}

TEST(nothing_while_disabled_or_of_priority_0)
{
	setup();
	vm_irq_set(&vm, 10, true);
	CHECK(!pending[0]);
	set(plic, ENABLE, 4, 1 << 10);
	CHECK(!pending[0]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
	set(plic, PRIORITY + 40, 4, 1);
	CHECK(pending[0]);
	set(plic, ENABLE, 4, 0);
	CHECK(!pending[0]);
}

TEST(threshold_masks_its_own_priority_and_below)
{
	setup();
	enable(5, 3);
	vm_irq_set(&vm, 5, true);
	set(plic, THRESHOLD, 4, 3);
	CHECK(!pending[0]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
	set(plic, THRESHOLD, 4, 2);
	CHECK_EQUAL(get(plic, THRESHOLD, 4), 2);
	CHECK(pending[0]);
}

TEST(highest_priority_first_then_lowest_number)
{
	setup();
	enable(40, 2);
	enable(7, 2);
	enable(3, 1);
	enable(63, 7);
	vm_irq_set(&vm, 3, true);
	vm_irq_set(&vm, 40, true);
	vm_irq_set(&vm, 7, true);
	vm_irq_set(&vm, 63, true);
	CHECK_EQUAL(get(plic, CLAIM, 4), 63);
	CHECK_EQUAL(get(plic, CLAIM, 4), 7);
	CHECK_EQUAL(get(plic, CLAIM, 4), 40);
	CHECK_EQUAL(get(plic, CLAIM, 4), 3);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
}

TEST(sources_above_32_have_the_second_word)
{
	setup();
	enable(33, 1);
	vm_irq_set(&vm, 33, true);
	CHECK_EQUAL(get(plic, PENDING + 4, 4), 2);
	CHECK_EQUAL(get(plic, PENDING, 4), 0);
	CHECK_EQUAL(get(plic, ENABLE + 4, 4), 2);
	CHECK_EQUAL(get(plic, CLAIM, 4), 33);
}

TEST(each_vcpu_has_its_own_context)
{
	setup();
	set(plic, PRIORITY + 4 * 8, 4, 1);
	set(plic, ENABLE_1, 4, 1 << 8);
	vm_irq_set(&vm, 8, true);
	CHECK(!pending[0] && pending[1]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
	CHECK_EQUAL(get(plic, CLAIM_1, 4), 8);
	CHECK(!pending[1]);
}

TEST(only_one_vcpu_can_claim)
{
	setup();
	enable(8, 1);
	set(plic, ENABLE_1, 4, 1 << 8);
	vm_irq_set(&vm, 8, true);
	CHECK(pending[0] && pending[1]);
	CHECK_EQUAL(get(plic, CLAIM_1, 4), 8);
	CHECK(!pending[0] && !pending[1]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
}

TEST(line_that_falls_before_the_claim_is_no_interrupt)
{
	setup();
	enable(8, 1);
	vm_irq_set(&vm, 8, true);
	vm_irq_set(&vm, 8, false);
	CHECK(!pending[0]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
}

TEST(source_0_does_not_exist)
{
	setup();
	set(plic, ENABLE, 4, 0xffffffff);
	CHECK_EQUAL(get(plic, ENABLE, 4), 0xfffffffe);
	vm_irq_set(&vm, 0, true);
	CHECK(!pending[0]);
	CHECK_EQUAL(get(plic, CLAIM, 4), 0);
}

TEST(completing_what_was_not_claimed_or_does_not_exist_is_no_harm)
{
	setup();
	enable(8, 1);
	set(plic, CLAIM, 4, 8);
	set(plic, CLAIM, 4, 0);
	set(plic, CLAIM, 4, 64);
	set(plic, CLAIM, 4, 0xffffffff);
	vm_irq_set(&vm, 8, true);
	CHECK_EQUAL(get(plic, CLAIM, 4), 8);
}

TEST(priorities_have_three_bits)
{
	setup();
	set(plic, PRIORITY + 4 * 8, 4, 0xffffffff);
	CHECK_EQUAL(get(plic, PRIORITY + 4 * 8, 4), 7);
}

/* Every offset with random values: nothing but a refusal or an answer, and no memory beside it. */
TEST(any_access_at_all)
{
	setup();
	for (int turn = 0; turn < 300000; turn++) {
		u64 offset = host_random(4) ? host_random(0x4000) : host_random(plic->size);
		u32 width = 1u << host_random(4);
		u64 value = host_random(~0ul);

		if (host_random(2))
			offset = ALIGN_DOWN(offset, 4);
		if (host_random(2))
			plic->ops->write(plic, offset, width,
					 width < 8 ? value & (BIT(8 * width) - 1) : value);
		else
			plic->ops->read(plic, offset, width, &value);
		if (!host_random(8))
			vm_irq_set(&vm, 1 + host_random(63), host_random(2));
	}
}

TEST(other_widths_are_refused)
{
	setup();
	CHECK(refuses(plic, CLAIM, 1) && refuses(plic, CLAIM, 2) && refuses(plic, CLAIM, 8));
	CHECK(refuses(plic, PRIORITY + 42, 4));
}
