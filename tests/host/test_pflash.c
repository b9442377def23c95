// SPDX-License-Identifier: MIT
/* SOURCES: dev/pflash.c core/device.c core/frame.c core/pcpu.c core/npt.c core/memory.c */
/* SOURCES: arch/riscv64/npt.c */
#include "machine.h"
#include <arch/cpu.h>
#include <hv/pflash.h>

struct cpu_features cpu_features = { .vmid_bits = 14 };

enum { BASE = 0x20000000, SIZE = 64 * KiB };

static struct device *flash;
static const char image[] = "pfld and more";

static void setup(void)
{
	setup_vm();
	CHECK(npt_create(&vm.npt, arch_npt_format(), 1));
	CHECK(pflash_create_emulated(&vm, BASE, SIZE, image, sizeof(image)));
	flash = device_find(&vm, BASE);
	CHECK(flash);
}

static bool is_mapped(u64 offset)
{
	struct npt_mapping mapping;

	return npt_query(&vm.npt, BASE + offset, &mapping);
}

TEST(reads_of_the_array_are_mapped_page_by_page)
{
	setup();
	CHECK(!is_mapped(0));
	CHECK(flash->ops->fault(flash, 4, NPT_READ));
	CHECK(is_mapped(0) && !is_mapped(4096));
	char text[sizeof(image)];

	CHECK(vm_read_guest(&vm, BASE, text, sizeof(text)));
	CHECK(!memcmp(text, image, sizeof(image)));
	CHECK(flash->ops->fault(flash, SIZE - 1, NPT_READ));
	CHECK_EQUAL(get(flash, SIZE - 4, 4), 0xffffffff);
}

TEST(writes_are_never_mapped)
{
	setup();
	CHECK(flash->ops->fault(flash, 0, NPT_READ));
	struct npt_mapping mapping;

	CHECK(npt_query(&vm.npt, BASE, &mapping));
	CHECK(!(mapping.flags & NPT_WRITE));
	CHECK(!flash->ops->fault(flash, 0x5000, NPT_WRITE));
	CHECK(!is_mapped(0x5000));
}

TEST(id_is_read_in_its_mode_only)
{
	setup();
	flash->ops->fault(flash, 0, NPT_READ);
	set(flash, 0, 4, 0x90);
	CHECK(!is_mapped(0));
	CHECK(!flash->ops->fault(flash, 0, NPT_READ));
	CHECK_EQUAL(get(flash, 0, 4), 0x00890089);
	CHECK_EQUAL(get(flash, 4, 4), 0x89198919);
	set(flash, 0, 4, 0xff);
	CHECK_EQUAL(get(flash, 0, 4), PFLASH_MAGIC);
	CHECK(flash->ops->fault(flash, 0, NPT_READ));
}

TEST(programming_clears_bits_and_reports)
{
	setup();
	set(flash, 0x100, 4, 0x40);
	set(flash, 0x100, 4, 0x12345678);
	/* Status is what reads give now. */
	CHECK_EQUAL(get(flash, 0, 4), 0x00800080);
	set(flash, 0, 4, 0xff);
	CHECK_EQUAL(get(flash, 0x100, 4), 0x12345678);
	CHECK_EQUAL(get(flash, 0x104, 4), 0xffffffff);
}

TEST(setting_bits_is_an_error_that_stays_until_cleared)
{
	setup();
	set(flash, 0x100, 4, 0x10);
	set(flash, 0x100, 4, 0xffff0000);
	set(flash, 0x100, 4, 0x40);
	set(flash, 0x100, 4, 0x0f0fffff);
	CHECK_EQUAL(get(flash, 0, 4), 0x00900090);
	set(flash, 0, 4, 0x70);
	CHECK_EQUAL(get(flash, 0, 4), 0x00900090);
	set(flash, 0, 4, 0x50);
	set(flash, 0, 4, 0x70);
	CHECK_EQUAL(get(flash, 0, 4), 0x00800080);
	set(flash, 0, 4, 0xff);
	CHECK_EQUAL(get(flash, 0x100, 4), 0x0f0f0000);
}

TEST(programming_reaches_what_the_guest_reads)
{
	u32 word;

	setup();
	flash->ops->fault(flash, 0x1000, NPT_READ);
	set(flash, 0x1000, 4, 0x40);
	CHECK(!is_mapped(0x1000));
	set(flash, 0x1000, 4, 0xcafe);
	set(flash, 0, 4, 0xff);
	flash->ops->fault(flash, 0x1000, NPT_READ);
	CHECK(vm_read_guest(&vm, BASE + 0x1000, &word, 4));
	CHECK_EQUAL(word, 0xcafe);
}

TEST(narrow_reads_take_their_part_of_the_word)
{
	setup();
	set(flash, 0, 4, 0x90);
	CHECK_EQUAL(get(flash, 4, 1), 0x19);
	CHECK_EQUAL(get(flash, 5, 1), 0x89);
	CHECK_EQUAL(get(flash, 6, 2), 0x8919);
}

TEST(other_widths_are_refused)
{
	setup();
	u64 value;

	CHECK(!flash->ops->read(flash, 0, 8, &value));
	CHECK(!flash->ops->read(flash, 1, 2, &value));
	CHECK(!flash->ops->read(flash, 2, 4, &value));
	CHECK(!flash->ops->write(flash, 0, 1, 0x90));
	CHECK(!flash->ops->write(flash, 0, 8, 0x90));
	CHECK(!flash->ops->write(flash, 2, 4, 0x90));
}

TEST(unknown_commands_change_nothing)
{
	setup();
	for (u32 command = 0; command < 256; command++) {
		if (strchr("\xff\x90\x70\x50\x40\x10\x20\x98\xe8", command) && command)
			continue;
		set(flash, 0, 4, command);
		set(flash, 0, 4, 0xff);
		CHECK_SAYING(get(flash, 0, 4) == PFLASH_MAGIC, "after command %#x", command);
	}
}

TEST(all_its_frames_come_back)
{
	setup_vm();
	u64 before = frame_count_free();

	CHECK(npt_create(&vm.npt, arch_npt_format(), 1));
	CHECK(pflash_create_emulated(&vm, BASE, SIZE, image, sizeof(image)));
	flash = device_find(&vm, BASE);
	flash->ops->fault(flash, 0, NPT_READ);
	npt_destroy(&vm.npt);
	device_destroy(flash);
	CHECK_EQUAL(frame_count_free(), before);
}

TEST(passthrough_maps_for_reading_only)
{
	hpa_t host;

	setup_vm();
	CHECK(npt_create(&vm.npt, arch_npt_format(), 1));
	host = frame_alloc_contig(16, 4096);
	CHECK(pflash_create_passthrough(&vm, BASE, SIZE, host));
	flash = device_find(&vm, BASE);
	CHECK(!flash->ops->fault(flash, 0x3000, NPT_WRITE));
	CHECK(flash->ops->fault(flash, 0x3008, NPT_READ));
	struct npt_mapping mapping;

	CHECK(npt_query(&vm.npt, BASE + 0x3008, &mapping));
	CHECK_EQUAL(mapping.hpa, host + 0x3000);
	CHECK(!(mapping.flags & (NPT_WRITE | NPT_OWNED)));
	CHECK(!is_mapped(0x2000) && !is_mapped(0x4000));
}
