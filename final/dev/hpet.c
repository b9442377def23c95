// SPDX-License-Identifier: MIT
/*
 * A high precision event timer (Intel's "IA-PC HPET Specification" 1.0a, 2.3): its main counter,
 * for kernels that measure time by it. Its three timers keep what is written to them and have no
 * interrupt to be routed to.
 */
#include <hv/arch.h>
#include <hv/hpet.h>

#define FREQUENCY  100000000
#define PERIOD     (1000000000000000 / FREQUENCY) /* in femtoseconds */
#define NR_TIMERS  3
#define SIZE       0x400

#define CAPABILITIES    0x000
#define CONFIGURATION   0x010
#define COUNTER         0x0f0
#define TIMER           0x100 /* + 0x20 * timer: configuration, then comparator */
#define TIMER_SIZE      0x20
#define TIMER_COMPARATOR 0x8

/* Revision 1, a 64-bit counter, able to stand in for the 8254 as to where interrupts go */
#define CAPABILITIES_VALUE (PERIOD << 32 | 0x8086a001 | (NR_TIMERS - 1) << 8)

#define CONFIGURATION_ON   BIT(0)
#define CONFIGURATION_MASK 0x03
#define TIMER_CONFIGURATION_64BIT BIT(5)
#define TIMER_CONFIGURATION_MASK  0x3f06

struct hpet {
	struct device device;
	u64 configuration;
	u64 offset; /* of the counter from the clock */
	u64 timers[NR_TIMERS][2];
};

/* How far the clock has come, which is still while the counter is off. */
static u64 clock(const struct hpet *hpet)
{
	u64 time = arch_time(), second = arch_time_frequency();

	if (!(hpet->configuration & CONFIGURATION_ON))
		return 0;
	/* In two parts, because time * FREQUENCY may need more than 64 bits. */
	return time / second * FREQUENCY + time % second * FREQUENCY / second;
}

/* A timer's register at this offset, or NULL. */
static u64 *timer_register(struct hpet *hpet, u64 offset)
{
	u64 timer = (offset - TIMER) / TIMER_SIZE, reg = offset % TIMER_SIZE / 8;

	return offset >= TIMER && timer < NR_TIMERS && reg < 2 ? &hpet->timers[timer][reg] : NULL;
}

static u64 read_register(struct hpet *hpet, u64 offset)
{
	u64 *timer = timer_register(hpet, offset);

	switch (offset) {
	case CAPABILITIES:
		return CAPABILITIES_VALUE;
	case CONFIGURATION:
		return hpet->configuration;
	case COUNTER:
		return clock(hpet) + hpet->offset;
	default:
		return timer ? *timer : 0;
	}
}

static void write_register(struct hpet *hpet, u64 offset, u64 value)
{
	u64 *timer = timer_register(hpet, offset), now = clock(hpet) + hpet->offset;

	if (offset == CONFIGURATION) {
		hpet->configuration = value & CONFIGURATION_MASK;
		hpet->offset = now - clock(hpet);
	} else if (offset == COUNTER) {
		hpet->offset = value - clock(hpet);
	} else if (timer && offset % TIMER_SIZE == TIMER_COMPARATOR) {
		*timer = value;
	} else if (timer) {
		*timer = (value & TIMER_CONFIGURATION_MASK) | TIMER_CONFIGURATION_64BIT;
	}
}

/* Registers have 64 bits, and either half can be accessed alone (2.3.2). */
static bool has_access(u64 offset, u32 width)
{
	return (width == 4 || width == 8) && IS_ALIGNED(offset, width);
}

static bool hpet_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	if (!has_access(offset, width))
		return false;
	*value = read_register((struct hpet *)device, ALIGN_DOWN(offset, 8)) >> 8 * (offset % 8);
	if (width == 4)
		*value = (u32)*value;
	return true;
}

static bool hpet_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct hpet *hpet = (struct hpet *)device;
	u64 mask = (width == 8 ? ~0ul : 0xffffffff) << 8 * (offset % 8);

	if (!has_access(offset, width))
		return false;
	offset = ALIGN_DOWN(offset, 8);
	write_register(hpet, offset, (read_register(hpet, offset) & ~mask) |
					     (value << __builtin_ctzl(mask) & mask));
	return true;
}

static const struct device_ops hpet_ops = {
	.name = "HPET",
	.read = hpet_read,
	.write = hpet_write,
};

bool hpet_create(struct vm *vm, gpa_t base)
{
	struct hpet *hpet = device_create(vm, &hpet_ops, sizeof(*hpet), base, SIZE, 0);

	for (u32 i = 0; hpet && i < NR_TIMERS; i++)
		hpet->timers[i][0] = TIMER_CONFIGURATION_64BIT;
	return hpet;
}
