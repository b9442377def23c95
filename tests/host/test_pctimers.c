// SPDX-License-Identifier: MIT
/* SOURCES: dev/pit.c dev/hpet.c dev/pmtimer.c core/device.c core/frame.c core/pcpu.c */
#include "machine.h"
#include <hv/hpet.h>
#include <hv/pit.h>
#include <hv/pmtimer.h>

#define PIT_HZ 1193182ul
#define GATE   0x61

static u64 now, frequency;

u64 arch_time(void)
{
	return now;
}

u64 arch_time_frequency(void)
{
	return frequency;
}

static void setup(void)
{
	setup_vm();
	frequency = 2596147598;
	now = 123456789;
}

/* Lets this many ticks of a clock pass, and not one more. */
static void passes(u64 ticks, u64 hz)
{
	now += (u64)(((__uint128_t)ticks * frequency + hz - 1) / hz);
}

/* ---- 8254 ---- */

static struct device *pit, *gate;

static void setup_pit(void)
{
	setup();
	CHECK(pit_create(&vm, 0x40, GATE));
	pit = device_find(&vm, 0x40);
	gate = device_find(&vm, GATE);
	CHECK(pit && gate && pit->size == 4 && gate->size == 1);
}

static void start(u8 command, u16 count)
{
	set(gate, 0, 1, 1);
	set(pit, 3, 1, command);
	set(pit, 2, 1, count & 0xff);
	set(pit, 2, 1, count >> 8);
}

static bool output(void)
{
	return get(gate, 0, 1) & 0x20;
}

static u16 count(void)
{
	u16 low;

	set(pit, 3, 1, 0x80); /* latch */
	low = get(pit, 2, 1);
	return get(pit, 2, 1) << 8 | low;
}

TEST(pit_output_rises_at_the_end_of_mode_0)
{
	setup_pit();
	start(0xb0, 11932);
	CHECK(!output());
	CHECK_EQUAL(count(), 11932);
	passes(11931, PIT_HZ);
	CHECK(!output());
	CHECK_EQUAL(count(), 1);
	passes(1, PIT_HZ);
	CHECK(output());
	CHECK_EQUAL(count(), 0);
	passes(3, PIT_HZ);
	CHECK(output());
	CHECK_EQUAL(count(), 0xfffd);
}

TEST(pit_count_0_is_65536)
{
	setup_pit();
	start(0xb0, 0);
	passes(65535, PIT_HZ);
	CHECK(!output());
	passes(1, PIT_HZ);
	CHECK(output());
}

/* As a kernel does that measures by the upper byte, without latching. */
TEST(pit_is_read_low_byte_first)
{
	setup_pit();
	start(0xb0, 0xffff);
	CHECK(get(pit, 2, 1) == 0xff && get(pit, 2, 1) == 0xff);
	passes(0x100, PIT_HZ);
	CHECK(get(pit, 2, 1) == 0xff && get(pit, 2, 1) == 0xfe);
}

TEST(pit_latched_count_stays)
{
	setup_pit();
	start(0xb0, 0x1234);
	set(pit, 3, 1, 0x80);
	passes(0x100, PIT_HZ);
	set(pit, 3, 1, 0x80);
	CHECK(get(pit, 2, 1) == 0x34 && get(pit, 2, 1) == 0x12);
	CHECK_EQUAL(count(), 0x1134);
}

TEST(pit_does_nothing_before_it_is_loaded)
{
	setup_pit();
	set(gate, 0, 1, 1);
	set(pit, 3, 1, 0xb0);
	passes(70000, PIT_HZ);
	CHECK(!output());
	set(pit, 2, 1, 10);
	passes(70000, PIT_HZ);
	CHECK(!output());
	set(pit, 2, 1, 0);
	passes(10, PIT_HZ);
	CHECK(output());
}

TEST(pit_mode_3_is_a_square_wave)
{
	setup_pit();
	start(0xb6, 1000);
	CHECK(output());
	passes(500, PIT_HZ);
	CHECK(!output());
	passes(500, PIT_HZ);
	CHECK(output());
}

TEST(pit_other_channels_take_what_is_written)
{
	setup_pit();
	set(pit, 3, 1, 0x34);
	set(pit, 0, 1, 0x9c);
	set(pit, 0, 1, 0x2e);
	get(pit, 0, 1);
	get(pit, 1, 1);
	get(pit, 3, 1);
	start(0xb0, 10);
	set(pit, 3, 1, 0x30);
	passes(10, PIT_HZ);
	CHECK(output());
}

TEST(pit_wider_accesses_are_refused)
{
	setup_pit();
	CHECK(refuses(pit, 0, 2) && refuses(pit, 0, 4));
}

TEST(pit_any_access_at_all)
{
	setup_pit();
	for (u32 turn = 0; turn < 300000; turn++) {
		struct device *device = host_random(4) ? pit : gate;
		u64 value = host_random(256), offset = host_random(device->size);

		now += host_random(1ul << host_random(40));
		if (host_random(2))
			device->ops->write(device, offset, 1, value);
		else
			CHECK(device->ops->read(device, offset, 1, &value) && value < 256);
	}
}

/* ---- ACPI's ---- */

TEST(pmtimer_counts_and_wraps)
{
	struct device *timer;
	u64 first;

	setup();
	CHECK(pmtimer_create(&vm, 0x608));
	timer = device_find(&vm, 0x608);
	first = get(timer, 0, 4);
	passes(3579545, 3579545);
	CHECK_EQUAL((u32)(get(timer, 0, 4) - first), 3579545);
	now = ~0ul / 2;
	CHECK(get(timer, 0, 4) <= 0xffffffff);
	set(timer, 0, 4, 0);
	CHECK(!timer->ops->read(timer, 0, 2, &first) && !timer->ops->read(timer, 1, 4, &first));
}

/* ---- HPET ---- */

enum { CAPABILITIES = 0, CONFIGURATION = 0x10, COUNTER = 0xf0, TIMER = 0x100 };

static struct device *hpet;

static void setup_hpet(void)
{
	setup();
	CHECK(hpet_create(&vm, 0xfed00000));
	hpet = device_find(&vm, 0xfed00000);
}

TEST(hpet_says_what_it_is)
{
	u64 capabilities;

	setup_hpet();
	capabilities = get(hpet, CAPABILITIES, 8);
	CHECK_EQUAL(capabilities >> 32, 10000000); /* femtoseconds: 100 MHz */
	CHECK((capabilities & 0xff) && (capabilities & BIT(13)) && (capabilities & BIT(15)));
	CHECK_EQUAL(capabilities >> 8 & 31, 2);
	CHECK_EQUAL(get(hpet, CAPABILITIES + 4, 4), 10000000);
	CHECK_EQUAL(get(hpet, CAPABILITIES, 4), (u32)capabilities);
	set(hpet, CAPABILITIES, 8, 0);
	CHECK_EQUAL(get(hpet, CAPABILITIES, 8), capabilities);
}

TEST(hpet_counts_while_it_is_on)
{
	setup_hpet();
	CHECK_EQUAL(get(hpet, COUNTER, 8), 0);
	passes(1000, 100000000);
	CHECK_EQUAL(get(hpet, COUNTER, 8), 0);
	set(hpet, CONFIGURATION, 8, 1);
	CHECK_EQUAL(get(hpet, COUNTER, 8), 0);
	passes(100000000, 100000000);
	CHECK(get(hpet, COUNTER, 8) - 100000000 <= 1);
	set(hpet, CONFIGURATION, 8, 0);
	passes(5000, 100000000);
	CHECK(get(hpet, COUNTER, 8) - 100000000 <= 1);
	set(hpet, COUNTER, 8, 0xfffffffffffffff0);
	set(hpet, CONFIGURATION, 8, 3);
	CHECK_EQUAL(get(hpet, CONFIGURATION, 8), 3);
	CHECK(get(hpet, COUNTER, 8) - 0xfffffffffffffff0 <= 1);
	passes(32, 100000000);
	CHECK(get(hpet, COUNTER, 8) - 16 <= 1);
}

TEST(hpet_is_right_for_years)
{
	setup_hpet();
	set(hpet, CONFIGURATION, 8, 1);
	now += frequency * 86400 * 365 * 20;
	CHECK(get(hpet, COUNTER, 8) - 100000000ul * 86400 * 365 * 20 <= 1);
}

TEST(hpet_halves_can_be_read_and_written_alone)
{
	setup_hpet();
	set(hpet, COUNTER, 4, 0x12345678);
	set(hpet, COUNTER + 4, 4, 0x9abcdef0);
	CHECK_EQUAL(get(hpet, COUNTER, 8), 0x9abcdef012345678);
	CHECK_EQUAL(get(hpet, COUNTER + 4, 4), 0x9abcdef0);
	CHECK_EQUAL(get(hpet, COUNTER, 4), 0x12345678);
}

TEST(hpet_timers_keep_what_is_written)
{
	setup_hpet();
	for (u32 i = 0; i < 3; i++) {
		CHECK_EQUAL(get(hpet, TIMER + 0x20 * i, 8), 0x20);
		set(hpet, TIMER + 0x20 * i, 8, ~0ul);
		CHECK_EQUAL(get(hpet, TIMER + 0x20 * i, 8), 0x3f26);
		set(hpet, TIMER + 0x20 * i + 8, 8, 0x1111111111111111 * (i + 1));
	}
	for (u32 i = 0; i < 3; i++)
		CHECK_EQUAL(get(hpet, TIMER + 0x20 * i + 8, 8), 0x1111111111111111 * (i + 1));
	CHECK_EQUAL(get(hpet, TIMER + 0x60, 8), 0);
	set(hpet, TIMER + 0x60, 8, ~0ul);
	set(hpet, 0x3f8, 8, ~0ul);
	CHECK_EQUAL(get(hpet, TIMER + 0x10, 8), 0);
}

TEST(hpet_other_accesses_are_refused)
{
	setup_hpet();
	CHECK(refuses(hpet, COUNTER, 1) && refuses(hpet, COUNTER, 2));
	CHECK(refuses(hpet, COUNTER + 4, 8) && refuses(hpet, COUNTER + 2, 4));
}

TEST(hpet_any_access_at_all)
{
	setup_hpet();
	for (u32 turn = 0; turn < 300000; turn++) {
		u64 value = host_random(~0ul), offset = host_random(0x3f9);
		u32 width = 1u << host_random(4);

		if (host_random(4))
			offset = ALIGN_DOWN(offset, 4);
		now += host_random(1ul << host_random(40));
		if (host_random(2))
			hpet->ops->write(hpet, offset, width,
					 width < 8 ? value & (BIT(8 * width) - 1) : value);
		else if (hpet->ops->read(hpet, offset, width, &value))
			CHECK(width == 8 || value <= 0xffffffff);
	}
}
