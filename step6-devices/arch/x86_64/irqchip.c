// SPDX-License-Identifier: MIT
/*
 * Interrupt controllers. The host's: two 8259s, which stay masked (hvmode.c), the I/O APIC, of
 * which we use the console's pin, and the local APIC. The guest's: a local APIC for each vCPU
 * (lapic.c).
 */
#include <arch/board.h>
#include <arch/lapic.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/device.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

/* ---- the host's ---- */

/* In xAPIC mode its registers are in a page, in x2APIC mode they are MSRs (SDM 11.12.1). */
static bool host_x2apic(void)
{
	return msr_read(MSR_APIC_BASE) & APIC_BASE_X2APIC;
}

u32 host_apic_read(u32 offset)
{
	if (host_x2apic())
		return msr_read(MSR_X2APIC + offset / 16);
	return *(volatile u32 *)(BOARD_LAPIC + offset);
}

void host_apic_write(u32 offset, u32 value)
{
	if (host_x2apic())
		msr_write(MSR_X2APIC + offset / 16, value);
	else
		*(volatile u32 *)(BOARD_LAPIC + offset) = value;
}

/* I/O APIC: an index and a data register (82093AA data sheet, 3.1). */
static void ioapic_write(u32 index, u32 value)
{
	*(volatile u32 *)BOARD_IOAPIC = index;
	*(volatile u32 *)(BOARD_IOAPIC + 0x10) = value;
}

void arch_irq_init(void)
{
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE);
	host_apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
	host_apic_write(APIC_TPR, 0);
	host_apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED); /* where the 8259s are */
	host_apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_1);
	host_apic_write(APIC_LVT_TIMER, VECTOR_TIMER); /* one-shot */
	/* Edge-triggered, active high, to this CPU (3.2.4). */
	ioapic_write(0x11 + 2 * BOARD_COM1_IRQ, this_pcpu()->hw_id << 24);
	ioapic_write(0x10 + 2 * BOARD_COM1_IRQ, VECTOR_COM1);
	arch_console_enable_irq();
}

void host_interrupt(u64 vector)
{
	if (vector == VECTOR_TIMER)
		arch_timer_fired(this_pcpu()->loaded);
	else if (vector == VECTOR_COM1)
		console_poll();
	if (vector != VECTOR_SPURIOUS) /* which is not in service (SDM 11.9) */
		host_apic_write(APIC_EOI, 0);
}

/*
 * An interrupt ends the guest's run but is not taken with that: it comes, through its gate, as soon
 * as we let it; all that are pending, one after the other. (sti takes effect after the nop.)
 */
void arch_irq_handle(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

/* ---- the guest's ---- */

/* Whoever runs now sees its own. */
static bool page_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	u32 word;

	(void)device;
	if (width != 4 || !lapic_read(this_pcpu()->loaded, offset, &word))
		return false;
	*value = word;
	return true;
}

static bool page_write(struct device *device, u64 offset, u32 width, u64 value)
{
	(void)device;
	return width == 4 && lapic_write(this_pcpu()->loaded, offset, value);
}

static const struct device_ops page_ops = {
	.name = "local APIC",
	.read = page_read,
	.write = page_write,
};

bool arch_irqchip_create(struct vm *vm)
{
	vm->irqchip =
		device_create(vm, &page_ops, sizeof(struct device), BOARD_LAPIC, 4 * KiB, 0);
	return vm->irqchip;
}

void vm_irq_set(struct vm *vm, u32 line, bool level)
{
	/* There is no I/O APIC yet, so a device's line ends nowhere: a guest polls. */
	(void)vm;
	(void)line;
	(void)level;
}

void arch_vcpu_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	if (level)
		lapic_interrupt(vcpu, irq, false);
}

bool arch_vcpu_irq_pending(const struct vcpu *vcpu)
{
	return (vcpu->arch.rflags & RFLAGS_IF) &&
	       (lapic_pending(vcpu) || arch_time() >= lapic_timer_deadline(vcpu));
}
