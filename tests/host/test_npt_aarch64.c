// SPDX-License-Identifier: MIT
/* SOURCES: core/npt.c core/frame.c core/pcpu.c arch/aarch64/npt.c */
/* VMSAv8-64's own: what the algorithm does with it is in test_npt.c. */
#include "host.h"
#include <arch/cpu.h>
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/npt.h>
#include <hv/pcpu.h>

struct cpu_features cpu_features = { .vmid_bits = 8 };

static u64 vttbr, vttbr_writes[8];
static u32 nr_writes;

u64 host_sysreg_read(const char *reg)
{
	CHECK(!strcmp(reg, "vttbr_el2"));
	return vttbr;
}

void host_sysreg_write(const char *reg, u64 value)
{
	CHECK(!strcmp(reg, "vttbr_el2") && nr_writes < 8);
	vttbr = vttbr_writes[nr_writes++] = value;
}

/* The bits of Arm ARM, D8.3: valid, table or page, MemAttr 5:2, S2AP 7:6, SH 9:8, AF 10, XN 54 */
TEST(entries_have_the_bits_that_the_manual_gives)
{
	const struct npt_format *format = arch_npt_format();
	u64 entry = format->leaf_entry(0x40201000, NPT_READ | NPT_WRITE | NPT_EXEC, 0);

	CHECK_EQUAL(entry, 0x402017ff);
	entry = format->leaf_entry(0x40200000, NPT_READ | NPT_WRITE | NPT_EXEC, 1);
	CHECK_EQUAL(entry, 0x402007fd);
	entry = format->leaf_entry(0x40000000, NPT_READ, 2);
	CHECK_EQUAL(entry, BIT(54) | 0x4000077d);
	/* Device-nGnRE: MemAttr 1; not shareable, which counts for nothing there (D8.6.3). */
	entry = format->leaf_entry(0x9000000, NPT_READ | NPT_WRITE | NPT_DEVICE, 0);
	CHECK_EQUAL(entry, BIT(54) | 0x90004c7);
	entry = format->leaf_entry(0x40201000, NPT_EXEC, 0);
	CHECK_EQUAL(entry >> 6 & 3, 0);
	CHECK_EQUAL(format->table_entry(0x40201000), 0x40201003);
}

TEST(page_and_table_are_told_apart_by_their_level)
{
	const struct npt_format *format = arch_npt_format();
	u64 page = format->leaf_entry(0x40201000, NPT_READ, 0);
	u64 block = format->leaf_entry(0x40200000, NPT_READ, 1);
	u64 table = format->table_entry(0x40201000);

	CHECK(format->is_leaf(page, 0) && format->is_leaf(block, 1) && !format->is_leaf(table, 1));
	CHECK(format->is_present(page) && format->is_present(table) && !format->is_present(0));
	CHECK(!format->is_present(page & ~BIT(0)));
}

TEST(addresses_have_48_bits)
{
	const struct npt_format *format = arch_npt_format();

	for (u32 level = 0; level < 3; level++) {
		hpa_t hpa = 0xffffffffffff & ~(npt_level_size(level) - 1);

		CHECK_EQUAL(format->address(format->leaf_entry(hpa, NPT_RAM, level)), hpa);
		CHECK_EQUAL(format->flags(format->leaf_entry(hpa, NPT_RAM, level)), NPT_RAM);
	}
}

TEST(guest_physical_addresses_have_40_bits)
{
	struct npt npt;
	hpa_t ram = (hpa_t)host_ram(4 * MiB, 4 * MiB);

	frame_init(ram, ram + 4 * MiB);
	pcpu_init(0, 0);
	CHECK(npt_create(&npt, arch_npt_format(), 3));
	CHECK_EQUAL(npt_limit(&npt), 1ul << 40);
	/* Two tables in one piece (D8.2.8). */
	CHECK(IS_ALIGNED(npt_root(&npt), 8192));
	CHECK_EQUAL(npt_token(&npt), 3ul << 48 | npt_root(&npt));
}

TEST(vmids_have_as_many_bits_as_the_cpu_has)
{
	CHECK_EQUAL(arch_max_vmid(), 255);
	cpu_features.vmid_bits = 16;
	CHECK_EQUAL(arch_max_vmid(), 65535);
}

TEST(flush_is_done_under_the_vms_own_vmid_and_leaves_the_loaded_one)
{
	static const u64 sizes[] = { 4096, 64 * 4096, 2 * MiB };

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		nr_writes = 0;
		vttbr = 0x1000040200000;
		arch_npt_format()->flush(0x2000040300000, GiB, sizes[i]);
		CHECK_EQUAL(nr_writes, 2);
		CHECK_EQUAL(vttbr_writes[0], 0x2000040300000);
		CHECK_EQUAL(vttbr, 0x1000040200000);
	}
}
