// SPDX-License-Identifier: MIT
/* SOURCES: core/host.c arch/ISA/board.c lib/printf.c */
/* ISAS: riscv64 aarch64 */
/* NEEDS: libfdt */
#include "host_tree.h"

TEST(what_the_tree_tells_is_found)
{
	CHECK(!probe());
	CHECK(console_is_there);
	CHECK_EQUAL(host.nr_ram, 1);
	CHECK_EQUAL(host.ram[0].base, 0x80000000);
	CHECK_EQUAL(host.ram[0].size, 0x54000000);
	CHECK_EQUAL(host.console.base, CONSOLE_BASE);
}

TEST(modules_are_found)
{
	CHECK(!probe());
	CHECK_EQUAL(host.kernel.base, 0xc0200000);
	CHECK_EQUAL(host.kernel.size, 0x1000);
	CHECK_EQUAL(host.initrd.base, 0xcf000000);
	CHECK_EQUAL(host.initrd.size, 0x2000);
	CHECK(!strcmp(host.bootargs, "console=ttyS0 quiet"));
}

TEST(tree_without_modules)
{
	want.no_modules = true;
	CHECK(!probe());
	CHECK(!host.kernel.size && !host.initrd.size && !strcmp(host.bootargs, ""));
}

TEST(reserved_memory_and_the_tree_are_not_free)
{
	CHECK(!probe());
	CHECK(!host_is_free_ram(0x80000000, 0x1000));
	CHECK(!host_is_free_ram(0x8007f000, 0x1000));
	CHECK(!host_is_free_ram(0x8007f000, 0x2000));
	CHECK(host_is_free_ram(0x80080000, 0x1000));
	host_reserve(0x90000000, 0x1000);
	CHECK(!host_is_free_ram(0x80080000, 0x20000000));
	CHECK(host_is_free_ram(0x80080000, 0x0ff80000));
	CHECK(host_is_free_ram(0x90001000, 0x1000));
}

TEST(what_is_no_ram_is_not_free)
{
	CHECK(!probe());
	CHECK(!host_is_free_ram(0x7ffff000, 0x1000));
	CHECK(!host_is_free_ram(0xd3fff000, 0x2000));
	CHECK(host_is_free_ram(0xd3fff000, 0x1000));
	CHECK(!host_is_free_ram(0xd4000000, 0x1000));
	CHECK(!host_is_free_ram(0x90000000, ~0ul));
	CHECK(!host_is_free_ram(0x90000000, -0x90000000ul));
	CHECK(!host_is_free_ram(~0xffful, 0x1000));
}

TEST(own_memory_ends_before_the_guests)
{
	CHECK(!probe());
	CHECK_EQUAL(host_free_ram_behind(0xb0000000), 0x10000000);
	CHECK_EQUAL(host_free_ram_behind(0xbfc00000), 0x400000);
	CHECK_EQUAL(host_free_ram_behind(0x80200000), 256 * MiB);
	host_reserve(0x80800000, 0x1000);
	CHECK_EQUAL(host_free_ram_behind(0x80200000), 0x600000);
}

TEST(own_memory_without_an_image_goes_to_the_end_of_ram)
{
	want.no_modules = true;
	want.ram_size = 0x8000000;
	CHECK(!probe());
	CHECK_EQUAL(host_free_ram_behind(0x80200000), 0x7e00000);
}

TEST(console_with_settings_behind_a_colon)
{
	want.stdout_path = CONSOLE_PATH ":115200n8";
	CHECK(!probe());
	CHECK_EQUAL(host.console.base, CONSOLE_BASE);
}

TEST(what_is_missing_is_said)
{
	SAYS(no_stdout = true, "console");
	SAYS(stdout_path = "/soc/nosuch", "console");
	SAYS(stdout_path = "", "console");
	SAYS(no_memory = true, "memory");
	SAYS(no_cpu = true, "CPU");
}

TEST(no_tree_or_a_damaged_one)
{
	char junk[64] = "this is no device tree at all, is it";
	void *tree = make_host_tree();

	CHECK(host_probe(0));
	CHECK(host_probe((u64)junk));
	/* Its size says more than the structure needs: the end of it is cut. */
	fdt_set_totalsize(tree, fdt_totalsize(tree) / 2);
	CHECK(host_probe((u64)tree));
}

TEST(tree_without_an_end)
{
	char *tree = make_host_tree();
	u32 end = fdt_off_dt_struct(tree) + fdt_size_dt_struct(tree) - 4;

	memset(tree + end, 0x77, 4);
	const char *why = host_probe((u64)tree);

	CHECK(why && strstr(why, "damaged"));
}

/* Whatever a byte is changed to: probed or refused, and no byte beside the tree is read. */
TEST(any_byte_may_be_damaged)
{
	unsigned char *tree = make_host_tree();
	u32 size = fdt_totalsize(tree);

	for (int turn = 0; turn < 20000; turn++) {
		/* The header's magic and size are what says how much memory there is. */
		u32 at = 8 + host_random(size - 8);
		unsigned char was = tree[at];

		tree[at] = host_random(2) ? host_random(256) : was ^ 1 << host_random(8);
		memset(&host, 0, sizeof(host));
		host_probe((u64)tree);
		tree[at] = was;
	}
}

TEST(many_regions_do_not_overflow)
{
	CHECK(!probe());
	for (u64 i = 0; i < 100; i++)
		host_reserve(0x80200000 + 0x2000 * i, 0x1000);
	CHECK(host.nr_reserved <= ARRAY_SIZE(host.reserved));
}
