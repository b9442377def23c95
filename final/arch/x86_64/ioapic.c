// SPDX-License-Identifier: MIT
/*
 * The guest's I/O APIC (Intel 82093AA data sheet): a redirection entry for each pin says which
 * vector goes to which CPUs, in the form of a local APIC's interrupt command.
 */
#include <arch/board.h>
#include <arch/ioapic.h>
#include <arch/lapic.h>
#include <hv/device.h>
#include <hv/vm.h>

#define NR_PINS 24

/* Two registers lead to the others (3.1). */
#define INDEX  0x00
#define WINDOW 0x10

#define REG_ID          0x00
#define REG_VERSION     0x01
#define REG_ARBITRATION 0x02
#define REG_REDIRECTION 0x10 /* + 2 * pin: the lower half, then the upper */

#define VERSION (0x11 | (NR_PINS - 1) << 16)
#define ID_MASK 0x0f000000

/* A redirection entry (3.2.4) */
#define ENTRY_VECTOR(entry)      ((u32)(entry) & 0xff)
#define ENTRY_DESTINATION(entry) ((u32)((entry) >> 56))
#define ENTRY_COMMAND            0xfff /* vector, delivery and destination mode: as in an ICR */
#define ENTRY_REMOTE_IRR         BIT(14) /* level: a CPU has it and has not ended it yet */
#define ENTRY_LEVEL              BIT(15)
#define ENTRY_MASKED             BIT(16)
#define ENTRY_WRITABLE           0xff0000000001afff

struct ioapic {
	struct device device;
	u32 index, id;
	u32 levels; /* pins that are high now */
	u64 entries[NR_PINS];
};

static void send(struct ioapic *ioapic, u32 pin)
{
	u64 *entry = &ioapic->entries[pin];

	if (lapic_send(ioapic->device.vm, *entry & ENTRY_COMMAND, ENTRY_DESTINATION(*entry),
		       *entry & ENTRY_LEVEL) &&
	    (*entry & ENTRY_LEVEL))
		*entry |= ENTRY_REMOTE_IRR;
}

/* A level-triggered pin that is high interrupts again and again, as soon as the last has ended. */
static void update(struct ioapic *ioapic, u32 pin)
{
	u64 entry = ioapic->entries[pin];

	if ((ioapic->levels & BIT(pin)) && (entry & ENTRY_LEVEL) &&
	    !(entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR)))
		send(ioapic, pin);
}

void ioapic_set_pin(struct device *device, u32 pin, bool level)
{
	struct ioapic *ioapic = (struct ioapic *)device;
	bool rises = pin < NR_PINS && level && !(ioapic->levels & BIT(pin));

	if (pin >= NR_PINS)
		return;
	ioapic->levels &= ~BIT(pin);
	ioapic->levels |= (u32)level << pin;
	/* An edge at a pin that is masked is lost (3.2.4, "Interrupt Mask"). */
	if (rises && !(ioapic->entries[pin] & (ENTRY_LEVEL | ENTRY_MASKED)))
		send(ioapic, pin);
	update(ioapic, pin);
}

void ioapic_eoi(struct device *device, u32 vector)
{
	struct ioapic *ioapic = (struct ioapic *)device;

	for (u32 pin = 0; pin < NR_PINS; pin++) {
		if (ENTRY_VECTOR(ioapic->entries[pin]) != vector)
			continue;
		ioapic->entries[pin] &= ~ENTRY_REMOTE_IRR;
		update(ioapic, pin);
	}
}

static u32 read_register(const struct ioapic *ioapic)
{
	u32 n = ioapic->index - REG_REDIRECTION;

	switch (ioapic->index) {
	case REG_ID:
	case REG_ARBITRATION:
		return ioapic->id;
	case REG_VERSION:
		return VERSION;
	default:
		return n / 2 < NR_PINS ? ioapic->entries[n / 2] >> 32 * (n % 2) : 0;
	}
}

static void write_register(struct ioapic *ioapic, u32 value)
{
	u32 n = ioapic->index - REG_REDIRECTION, pin = n / 2;
	u64 mask = 0xfffffffful << 32 * (n % 2) & ENTRY_WRITABLE;

	if (ioapic->index == REG_ID)
		ioapic->id = value & ID_MASK;
	if (pin >= NR_PINS)
		return;
	ioapic->entries[pin] &= ~mask;
	ioapic->entries[pin] |= (u64)value << 32 * (n % 2) & mask;
	/* Made edge-triggered for a moment, an entry forgets: so kernels end what is stuck. */
	if (!(ioapic->entries[pin] & ENTRY_LEVEL))
		ioapic->entries[pin] &= ~ENTRY_REMOTE_IRR;
	update(ioapic, pin);
}

static bool ioapic_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	const struct ioapic *ioapic = (struct ioapic *)device;

	*value = offset == INDEX ? ioapic->index : read_register(ioapic);
	return width == 4 && (offset == INDEX || offset == WINDOW);
}

static bool ioapic_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct ioapic *ioapic = (struct ioapic *)device;

	if (offset == INDEX && (width == 1 || width == 4))
		ioapic->index = value & 0xff;
	else if (offset == WINDOW && width == 4)
		write_register(ioapic, value);
	else
		return false;
	return true;
}

static const struct device_ops ioapic_ops = {
	.name = "I/O APIC",
	.read = ioapic_read,
	.write = ioapic_write,
};

struct device *ioapic_create(struct vm *vm)
{
	struct ioapic *ioapic =
		device_create(vm, &ioapic_ops, sizeof(*ioapic), BOARD_IOAPIC, 4 * KiB, 0);

	for (u32 pin = 0; ioapic && pin < NR_PINS; pin++)
		ioapic->entries[pin] = ENTRY_MASKED;
	return (struct device *)ioapic;
}
