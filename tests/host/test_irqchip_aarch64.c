// SPDX-License-Identifier: MIT
/* SOURCES: arch/aarch64/irqchip.c arch/aarch64/vgic.c core/device.c core/frame.c core/pcpu.c */
/* SOURCES: core/npt.c arch/aarch64/npt.c core/memory.c lib/printf.c */
/*
 * The guest's GICv2. The host's, with its list registers, is memory here at the board's addresses;
 * the test plays the guest's CPU interface, which takes interrupts from there and ends them.
 */
#include "machine.h"
#include <sys/mman.h>
#include <arch/board.h>
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <arch/vgic.h>
#include <hv/console.h>
#if __has_include(<hv/host.h>)
#include <hv/host.h>
#define BOARD_GICH 0x08030000ul
#define BOARD_GICV 0x08040000ul
struct host host = { .irqchip = { { BOARD_GICD, 0x10000 }, { BOARD_GICC, 0x10000 },
				  { BOARD_GICH, 0x10000 }, { BOARD_GICV, 0x10000 } } };
#endif

struct cpu_features cpu_features = { .vmid_bits = 8 };

/* IHI 0048B, 5.3: list registers and their fields */
enum { GICH_LR = 0x100, GICC_DIR = 0x1000 };
#define LR_EOI      (1u << 19)
#define LR_IRQ(lr)  ((lr) & 0x3ff)
#define LR_FROM(lr) ((lr) >> 10 & 7)
#define LR_PRIORITY(lr) ((lr) >> 23 & 31)
enum { GICH_HCR = 0, HCR_ENABLE = 1, HCR_UNDERFLOW = 2 };

enum { UART = 33, OTHER = 40 };

static struct device *gicd;
static struct vcpu vcpus[2];

void console_poll(void)
{
}

void arch_console_enable_irq(void)
{
}

void arch_timer_fired(struct vcpu *vcpu)
{
	(void)vcpu;
}

u64 arch_time(void)
{
	return 0;
}

u64 arch_vcpu_deadline(const struct vcpu *vcpu)
{
	(void)vcpu;
	return ~0ul;
}

static u32 *gich(u64 offset)
{
	return (u32 *)(BOARD_GICH + offset);
}

static void load(u32 cpu)
{
	this_pcpu()->loaded = &vcpus[cpu];
	vgic_load(&vcpus[cpu]);
}

static void put(void)
{
	vgic_put(this_pcpu()->loaded);
	this_pcpu()->loaded = NULL;
}

static void setup_vcpus(u32 count)
{
	void *at = mmap((void *)BOARD_GICD, BOARD_GICV + 0x2000 - BOARD_GICD,
			PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	CHECK(at == (void *)BOARD_GICD);
	setup_vm();
	CHECK(npt_create(&vm.npt, arch_npt_format(), 1));
	vm.nr_vcpus = count;
	for (u32 i = 0; i < count; i++) {
		vcpus[i].vm = &vm;
		vcpus[i].id = i;
		vm.vcpus[i] = &vcpus[i];
	}
	CHECK(arch_irqchip_create(&vm));
	gicd = vm.irqchip;
	load(0);
	set(gicd, GICD_CTLR, 4, 1);
}

static void enable(u32 irq, u8 priority)
{
	set(gicd, GICD_ISENABLER + irq / 32 * 4, 4, 1u << irq % 32);
	set(gicd, GICD_IPRIORITYR + irq, 1, priority);
	set(gicd, GICD_ITARGETSR + irq, 1, 1);
}

static void setup(void)
{
	setup_vcpus(1);
	enable(UART, 0xa0);
}

/* The list register that holds it, or -1. */
static int holds(u32 irq)
{
	for (int i = 0; i < NR_LIST_REGISTERS; i++)
		if (*gich(GICH_LR + 4 * i) && LR_IRQ(*gich(GICH_LR + 4 * i)) == irq)
			return i;
	return -1;
}

static u32 lr_of(u32 irq)
{
	return holds(irq) < 0 ? 0 : *gich(GICH_LR + 4 * holds(irq));
}

/* As the guest's reads of GICV_IAR and writes of GICV_EOIR do. */
static void acknowledge(u32 irq)
{
	CHECK(lr_of(irq) & LR_PENDING);
	*gich(GICH_LR + 4 * holds(irq)) ^= LR_PENDING | LR_ACTIVE;
}

static void end(u32 irq)
{
	u32 *lr = gich(GICH_LR + 4 * holds(irq));
	bool ask = *lr & LR_EOI;

	CHECK(*lr & LR_ACTIVE);
	*lr &= ~LR_ACTIVE;
	if (ask)
		vgic_update((struct vgic *)gicd); /* the maintenance interrupt */
}

TEST(interrupt_from_line_to_end)
{
	setup();
	CHECK(holds(UART) < 0 && !arch_vcpu_irq_pending(&vcpus[0]));
	vm_irq_set(&vm, UART, true);
	CHECK_EQUAL(lr_of(UART), LR_PENDING | 0xa0u >> 3 << 23 | LR_EOI | UART);
	CHECK(arch_vcpu_irq_pending(&vcpus[0]));
	acknowledge(UART);
	CHECK(!arch_vcpu_irq_pending(&vcpus[0]));
	vm_irq_set(&vm, UART, false);
	end(UART);
	CHECK(holds(UART) < 0);
}

TEST(line_that_stays_high_interrupts_again_after_its_end)
{
	setup();
	vm_irq_set(&vm, UART, true);
	acknowledge(UART);
	vgic_update((struct vgic *)gicd);
	CHECK(!(lr_of(UART) & LR_PENDING)); /* not before its end */
	end(UART);
	CHECK(lr_of(UART) & LR_PENDING);
}

TEST(line_that_fell_before_it_was_taken_is_taken_back)
{
	setup();
	vm_irq_set(&vm, UART, true);
	vm_irq_set(&vm, UART, false);
	CHECK(holds(UART) < 0);
}

TEST(edge_stays_pending_though_its_line_fell)
{
	setup();
	set(gicd, GICD_ICFGR + UART / 16 * 4, 4, 2u << UART % 16 * 2);
	vm_irq_set(&vm, UART, true);
	vm_irq_set(&vm, UART, false);
	CHECK(lr_of(UART) & LR_PENDING);
	acknowledge(UART);
	end(UART);
	vgic_update((struct vgic *)gicd);
	CHECK(holds(UART) < 0);
}

TEST(nothing_comes_while_it_is_disabled)
{
	setup();
	set(gicd, GICD_ICENABLER + 4, 4, 1u << (UART - 32));
	vm_irq_set(&vm, UART, true);
	CHECK(holds(UART) < 0);
	CHECK_EQUAL(get(gicd, GICD_ISPENDR + 4, 4), 1u << (UART - 32));
	set(gicd, GICD_ISENABLER + 4, 4, 1u << (UART - 32));
	CHECK(holds(UART) >= 0);
	set(gicd, GICD_CTLR, 4, 0);
	CHECK(holds(UART) < 0);
	set(gicd, GICD_CTLR, 4, 1);
	CHECK(holds(UART) >= 0);
}

TEST(one_set_pending_by_software_waits_until_it_is_taken_or_cleared)
{
	setup();
	enable(OTHER, 0x80);
	set(gicd, GICD_ISPENDR + 4, 4, 1u << (OTHER - 32));
	CHECK(holds(OTHER) >= 0);
	/* Whatever else happens: its line is low, and it still waits. */
	vm_irq_set(&vm, UART, true);
	CHECK(holds(OTHER) >= 0);
	CHECK(get(gicd, GICD_ICPENDR + 4, 4) & 1u << (OTHER - 32));
	set(gicd, GICD_ICPENDR + 4, 4, 1u << (OTHER - 32));
	CHECK(holds(OTHER) < 0);
	CHECK(!(get(gicd, GICD_ISPENDR + 4, 4) & 1u << (OTHER - 32)));
}

TEST(what_waits_is_given_by_priority_and_then_by_number)
{
	setup();
	for (u32 irq = OTHER; irq < OTHER + 6; irq++)
		enable(irq, irq == OTHER + 5 ? 0x10 : 0x80);
	set(gicd, GICD_CTLR, 4, 0);
	for (u32 irq = OTHER; irq < OTHER + 6; irq++)
		vm_irq_set(&vm, irq, true);
	set(gicd, GICD_CTLR, 4, 1);
	CHECK_EQUAL(LR_PRIORITY(lr_of(OTHER + 5)), 0x10 >> 3);
	CHECK(holds(OTHER) >= 0 && holds(OTHER + 2) >= 0);
	CHECK(holds(OTHER + 3) < 0 && holds(OTHER + 4) < 0);
	/* Two wait outside: we want to know when there is room. */
	CHECK_EQUAL(*gich(GICH_HCR), HCR_ENABLE | HCR_UNDERFLOW);
	/* The guest takes the most urgent of those that it is shown. */
	for (u32 n = 0; n < 3; n++) {
		static const u32 order[] = { OTHER + 5, OTHER, OTHER + 1 };

		acknowledge(order[n]);
		vm_irq_set(&vm, order[n], false);
		end(order[n]);
	}
	CHECK(holds(OTHER + 2) >= 0 && holds(OTHER + 3) >= 0 && holds(OTHER + 4) >= 0);
	CHECK_EQUAL(*gich(GICH_HCR), HCR_ENABLE);
}

TEST(a_more_urgent_one_takes_the_place_of_one_that_waits)
{
	setup();
	for (u32 irq = OTHER; irq < OTHER + 5; irq++)
		enable(irq, irq == OTHER + 4 ? 0 : 0x80);
	for (u32 irq = OTHER; irq < OTHER + 4; irq++)
		vm_irq_set(&vm, irq, true);
	CHECK(holds(OTHER + 3) >= 0);
	vm_irq_set(&vm, OTHER + 4, true);
	CHECK(holds(OTHER + 4) >= 0 && holds(OTHER + 3) < 0);
	CHECK_EQUAL(get(gicd, GICD_ISPENDR + 4, 4) >> (OTHER - 32), 0x1f);
}

TEST(active_one_keeps_its_place)
{
	setup();
	for (u32 irq = OTHER; irq < OTHER + 5; irq++)
		enable(irq, 0x80);
	vm_irq_set(&vm, OTHER + 4, true);
	acknowledge(OTHER + 4);
	for (u32 irq = OTHER; irq < OTHER + 4; irq++)
		vm_irq_set(&vm, irq, true);
	CHECK(lr_of(OTHER + 4) & LR_ACTIVE);
	CHECK_EQUAL(get(gicd, GICD_ISACTIVER + 4, 4), 1u << (OTHER + 4 - 32));
}

TEST(end_of_a_timers_interrupt_is_the_end_of_the_hosts)
{
	const u32 *ended = (u32 *)(BOARD_GICC + GICC_DIR);

	setup();
	enable(IRQ_CNTV, 0x80);
	arch_vcpu_set_irq(&vcpus[0], IRQ_CNTV, true);
	CHECK_EQUAL(lr_of(IRQ_CNTV), LR_PENDING | 0x80u >> 3 << 23 | LR_EOI | IRQ_CNTV);
	acknowledge(IRQ_CNTV);
	vgic_update((struct vgic *)gicd);
	CHECK_EQUAL(*ended, 0);
	end(IRQ_CNTV);
	CHECK_EQUAL(*ended, IRQ_CNTV);
	CHECK(holds(IRQ_CNTV) < 0);
	/* It is high again, or still. */
	arch_vcpu_set_irq(&vcpus[0], IRQ_CNTV, true);
	CHECK(lr_of(IRQ_CNTV) & LR_PENDING);
}

TEST(sgi_has_its_sender_and_several_senders_come_one_after_the_other)
{
	setup_vcpus(2);
	/* CPU 0 to itself, then CPU 1 to CPU 0. */
	set(gicd, GICD_SGIR, 4, 2u << 24 | 5);
	put();
	load(1);
	set(gicd, GICD_SGIR, 4, 1u << 16 | 5);
	CHECK(holds(5) < 0);
	put();
	load(0);
	CHECK(lr_of(5) & LR_PENDING);
	CHECK_EQUAL(LR_FROM(lr_of(5)), 0);
	acknowledge(5);
	end(5);
	CHECK(lr_of(5) & LR_PENDING);
	CHECK_EQUAL(LR_FROM(lr_of(5)), 1);
	acknowledge(5);
	end(5);
	vgic_update((struct vgic *)gicd);
	CHECK(holds(5) < 0);
}

TEST(sgi_to_all_others_and_to_nobody)
{
	setup_vcpus(2);
	set(gicd, GICD_SGIR, 4, 1u << 24 | 3);
	CHECK(holds(3) < 0);
	set(gicd, GICD_SGIR, 4, 0xfcu << 16 | 4); /* CPUs that there are none of */
	set(gicd, GICD_SGIR, 4, 3u << 24 | 1u << 16 | 4); /* a filter that is reserved */
	CHECK(holds(4) < 0);
	put();
	load(1);
	CHECK(holds(3) >= 0 && holds(4) < 0);
}

TEST(shared_interrupt_goes_to_the_cpu_that_it_is_for)
{
	setup_vcpus(2);
	enable(UART, 0x80);
	set(gicd, GICD_ITARGETSR + UART, 1, 2);
	vm_irq_set(&vm, UART, true);
	CHECK(holds(UART) < 0);
	put();
	load(1);
	CHECK(holds(UART) >= 0);
	set(gicd, GICD_ITARGETSR + UART, 1, 0);
	CHECK(holds(UART) < 0);
}

TEST(private_registers_are_each_cpus_own)
{
	setup_vcpus(2);
	set(gicd, GICD_ISENABLER, 4, 1u << IRQ_CNTV);
	set(gicd, GICD_IPRIORITYR + IRQ_CNTV, 1, 0x40);
	CHECK_EQUAL(get(gicd, GICD_ITARGETSR, 4), 0x01010101);
	put();
	load(1);
	CHECK(!(get(gicd, GICD_ISENABLER, 4) & 1u << IRQ_CNTV));
	CHECK_EQUAL(get(gicd, GICD_IPRIORITYR + IRQ_CNTV, 1), 0);
	CHECK_EQUAL(get(gicd, GICD_ITARGETSR, 4), 0x02020202);
}

/* Else another vCPU's timer could not interrupt, or this one's would come twice. */
TEST(hosts_timer_interrupt_is_active_only_while_who_has_it_is_loaded)
{
	const u32 *active = (u32 *)(BOARD_GICD + GICD_ISACTIVER);
	const u32 *inactive = (u32 *)(BOARD_GICD + GICD_ICACTIVER);

	setup_vcpus(2);
	enable(IRQ_CNTV, 0x80);
	arch_vcpu_set_irq(&vcpus[0], IRQ_CNTV, true);
	put();
	CHECK_EQUAL(*inactive, 1u << IRQ_CNTV);
	load(1);
	CHECK_EQUAL(*active, 0);
	put();
	CHECK_EQUAL(*inactive, 0);
	load(0);
	CHECK_EQUAL(*active, 1u << IRQ_CNTV);
}

TEST(list_registers_go_with_their_vcpu)
{
	setup_vcpus(2);
	enable(UART, 0x80);
	vm_irq_set(&vm, UART, true);
	acknowledge(UART);
	put();
	load(1);
	CHECK(holds(UART) < 0);
	put();
	load(0);
	CHECK(lr_of(UART) & LR_ACTIVE);
}

TEST(registers_that_tell_what_it_is)
{
	setup_vcpus(2);
	CHECK_EQUAL(get(gicd, GICD_TYPER, 4), 1 << 5 | 2);
	CHECK_EQUAL(get(gicd, GICD_ICPIDR2, 4) >> 4 & 15, 2);
	CHECK_EQUAL(get(gicd, GICD_CTLR, 4), 1);
	CHECK_EQUAL(get(gicd, GICD_ICFGR, 4), 0xaaaaaaaa); /* SGIs are edges */
	set(gicd, GICD_ICFGR, 4, 0);
	CHECK_EQUAL(get(gicd, GICD_ICFGR, 4), 0xaaaaaaaa);
}

TEST(priorities_have_five_bits)
{
	setup();
	set(gicd, GICD_IPRIORITYR + UART, 1, 0xff);
	CHECK_EQUAL(get(gicd, GICD_IPRIORITYR + UART, 1), 0xf8);
	set(gicd, GICD_IPRIORITYR + 36, 4, 0x01020380);
	CHECK_EQUAL(get(gicd, GICD_IPRIORITYR + 36, 4), 0x80);
}

TEST(every_register_of_any_width_and_value_is_survived)
{
	setup_vcpus(2);
	for (u64 offset = 0; offset < 4096; offset++) {
		for (u32 width = 1; width <= 8; width *= 2) {
			u64 value = ~0ul >> (64 - 8 * width);

			if (width == 8 || (width == 2) || offset % width)
				CHECK(refuses(gicd, offset, width));
			gicd->ops->write(gicd, offset, width, value);
			gicd->ops->read(gicd, offset, width, &value);
		}
	}
}

TEST(lines_that_there_are_none_of_are_ignored)
{
	setup();
	vm_irq_set(&vm, 5, true); /* not a device's */
	vm_irq_set(&vm, NR_IRQS, true);
	vm_irq_set(&vm, ~0u, true);
	CHECK(!arch_vcpu_irq_pending(&vcpus[0]));
}
