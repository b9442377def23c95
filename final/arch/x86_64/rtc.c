// SPDX-License-Identifier: MIT
/*
 * The clock that goes on while a PC is off (Motorola MC146818 data sheet): an index is written to
 * the first port, and the second shows that register. A guest reads date and time (0 to 9, and the
 * century where PCs have it) and the registers that say how to read them (A to D) from the host's.
 * It can't set the clock; the rest is the memory of the host's firmware, and no guest's business.
 */
#include <arch/board.h>
#include <arch/rtc.h>
#include <arch/x86.h>
#include <hv/device.h>

#define REGISTERS 14
#define CENTURY   0x32

struct rtc {
	struct device device;
	u8 index;
};

static bool rtc_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	u8 index = ((struct rtc *)device)->index;

	*value = 0;
	if (offset && (index < REGISTERS || index == CENTURY)) {
		port_out8(BOARD_RTC, index);
		*value = port_in8(BOARD_RTC + 1);
	}
	return width == 1;
}

static bool rtc_write(struct device *device, u64 offset, u32 width, u64 value)
{
	if (!offset)
		((struct rtc *)device)->index = value & 0x7f; /* bit 7 is the NMI's mask */
	return width == 1;
}

static const struct device_ops rtc_ops = {
	.name = "RTC",
	.read = rtc_read,
	.write = rtc_write,
};

bool rtc_create(struct vm *vm)
{
	return device_create(vm, &rtc_ops, sizeof(struct rtc), PORT(BOARD_RTC), 2, 0);
}
