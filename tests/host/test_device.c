// SPDX-License-Identifier: MIT
/* SOURCES: core/device.c core/frame.c core/pcpu.c */
#include "machine.h"

static int destroyed;

static void destroy(struct device *device)
{
	(void)device;
	destroyed++;
}

static const struct device_ops ops = { .name = "test", .destroy = destroy };

static struct device *create(gpa_t base, u64 size)
{
	return device_create(&vm, &ops, sizeof(struct device), base, size, 3);
}

TEST(device_is_found_from_its_first_to_its_last_byte)
{
	setup_vm();
	struct device *one = create(0x1000, 0x100), *two = create(0x1100, 0x100);

	CHECK(one && two && one->vm == &vm && one->line == 3);
	CHECK(!device_find(&vm, 0xfff));
	CHECK(device_find(&vm, 0x1000) == one && device_find(&vm, 0x10ff) == one);
	CHECK(device_find(&vm, 0x1100) == two && device_find(&vm, 0x11ff) == two);
	CHECK(!device_find(&vm, 0x1200) && !device_find(&vm, ~0ul) && !device_find(&vm, 0));
}

TEST(overlapping_devices_are_refused)
{
	setup_vm();
	u64 before = 0;

	CHECK(create(0x2000, 0x1000));
	before = frame_count_free();
	CHECK(!create(0x2000, 0x1000));
	CHECK(!create(0x1fff, 2));
	CHECK(!create(0x2fff, 1));
	CHECK(!create(0x2400, 0x10));
	CHECK(!create(0x1000, 0x4000));
	CHECK_EQUAL(frame_count_free(), before);
	CHECK(create(0x1fff, 1) && create(0x3000, 1));
}

TEST(no_more_slots)
{
	setup_vm();
	for (u64 i = 0; i < MAX_DEVICES; i++)
		CHECK(create(i * 0x1000, 0x1000));
	CHECK(!create(1ul << 32, 0x1000));
}

TEST(no_frame_left)
{
	setup_vm();
	while (frame_alloc())
		;
	CHECK(!create(0x1000, 0x1000));
	CHECK_EQUAL(vm.nr_devices, 0);
}

TEST(destroying_frees_what_it_had)
{
	setup_vm();
	u64 before = frame_count_free();

	device_destroy(create(0x1000, 0x1000));
	CHECK_EQUAL(destroyed, 1);
	CHECK_EQUAL(frame_count_free(), before);
}
