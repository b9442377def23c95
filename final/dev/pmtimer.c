// SPDX-License-Identifier: MIT
/*
 * The power-management timer (ACPI 6.5, 4.8.3.3): a counter of 32 bits at a known rate, by which a
 * kernel measures its clocks where an access to the PIT takes too long for that.
 */
#include <hv/arch.h>
#include <hv/pmtimer.h>

#define FREQUENCY 3579545 /* Hz */

static bool pmtimer_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	u64 time = arch_time(), hz = arch_time_frequency();

	(void)device;
	/* In two parts, because time * FREQUENCY may need more than 64 bits. */
	*value = (u32)(time / hz * FREQUENCY + time % hz * FREQUENCY / hz);
	return width == 4 && !offset;
}

static bool pmtimer_write(struct device *device, u64 offset, u32 width, u64 value)
{
	(void)device; /* it can only be read */
	(void)offset;
	(void)width;
	(void)value;
	return true;
}

static const struct device_ops pmtimer_ops = {
	.name = "PM timer",
	.read = pmtimer_read,
	.write = pmtimer_write,
};

bool pmtimer_create(struct vm *vm, gpa_t base)
{
	return device_create(vm, &pmtimer_ops, sizeof(struct device), base, 4, 0);
}
