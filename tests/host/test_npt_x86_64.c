// SPDX-License-Identifier: MIT
/* SOURCES: core/npt.c core/frame.c core/pcpu.c arch/x86_64/npt.c */
/* SOURCES.x86_64: arch/x86_64/vmx_npt.c arch/x86_64/svm_npt.c */
/* EPT's and NPT's own: what the algorithm does with them is in test_npt.c. */
#include "host.h"
#include <arch/cpu.h>
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/npt.h>
#include <hv/pcpu.h>
#include <hv/vm.h>
#include <npt_formats.h>

enum { EPT, NPT };
#define RWX (NPT_READ | NPT_WRITE | NPT_EXEC)
#define NX  BIT(63)

static const struct npt_format *format_of(u32 n)
{
	host_choose_format(n);
	return arch_npt_format();
}

/* SDM 29.3.2: R, W, X in 2:0, the memory type in 5:3 (6: write-back), 1 in 7 of what is large */
TEST(ept_entries_have_the_bits_that_the_manual_gives)
{
	const struct npt_format *ept = format_of(EPT);

	CHECK_EQUAL(ept->leaf_entry(0x40201000, RWX, 0), 0x40201037);
	CHECK_EQUAL(ept->leaf_entry(0x40200000, RWX, 1), 0x402000b7);
	CHECK_EQUAL(ept->leaf_entry(0x40000000, NPT_READ, 2), 0x400000b1);
	CHECK_EQUAL(ept->leaf_entry(0x40201000, NPT_READ | NPT_EXEC, 0), 0x40201035);
	/* A device's page is uncached, type 0. */
	CHECK_EQUAL(ept->leaf_entry(0xfee00000, NPT_READ | NPT_WRITE | NPT_DEVICE, 0), 0xfee00003);
	/* Bits 62:52 are ignored by the CPU, bit 63 is not always. */
	CHECK_EQUAL(ept->leaf_entry(0x40201000, NPT_RAM, 0) & ~(0x7fful << 52), 0x40201037);
	CHECK_EQUAL(ept->table_entry(0x40201000), 0x40201007);
}

/* APM 15.25.5: P, R/W and U/S in 2:0, PWT and PCD in 4:3, PS in 7, NX in 63 */
TEST(npt_entries_have_the_bits_that_the_manual_gives)
{
	const struct npt_format *npt = format_of(NPT);

	CHECK_EQUAL(npt->leaf_entry(0x40201000, RWX, 0), 0x40201007);
	CHECK_EQUAL(npt->leaf_entry(0x40200000, RWX, 1), 0x40200087);
	CHECK_EQUAL(npt->leaf_entry(0x40000000, NPT_READ, 2), NX | 0x40000085);
	CHECK_EQUAL(npt->leaf_entry(0x40201000, NPT_READ | NPT_EXEC, 0), 0x40201005);
	CHECK_EQUAL(npt->leaf_entry(0xfee00000, NPT_READ | NPT_WRITE | NPT_DEVICE, 0),
		    NX | 0xfee0001f);
	/* Bits 11:9 are software's. */
	CHECK_EQUAL(npt->leaf_entry(0x40201000, NPT_RAM, 0) & ~0xe00ul, 0x40201007);
	CHECK_EQUAL(npt->table_entry(0x40201000), 0x40201007);
}

TEST(entries_are_told_apart)
{
	for (u32 n = 0; n < HOST_FORMATS; n++) {
		const struct npt_format *format = format_of(n);
		u64 page = format->leaf_entry(0x40201000, NPT_READ, 0);
		u64 large = format->leaf_entry(0x40200000, NPT_READ, 1);
		u64 table = format->table_entry(0x40201000);

		CHECK(format->is_leaf(page, 0) && format->is_leaf(large, 1));
		CHECK(!format->is_leaf(table, 1) && !format->is_leaf(table, 2));
		CHECK(format->is_present(page) && format->is_present(large));
		CHECK(format->is_present(table) && !format->is_present(0));
	}
}

TEST(addresses_have_52_bits)
{
	for (u32 n = 0; n < HOST_FORMATS; n++) {
		const struct npt_format *format = format_of(n);

		for (u32 level = 0; level < 3; level++) {
			hpa_t hpa = 0xfffffffffffff & ~(npt_level_size(level) - 1);
			u64 entry = format->leaf_entry(hpa, NPT_RAM | NPT_DEVICE, level);

			CHECK_EQUAL(format->address(entry), hpa);
			CHECK_EQUAL(format->flags(entry), NPT_RAM | NPT_DEVICE);
		}
		CHECK_EQUAL(format->address(format->table_entry(0xffffffffff000)),
			    0xffffffffff000);
	}
}

static void create(struct npt *npt, u32 format)
{
	hpa_t ram = (hpa_t)host_ram(4 * MiB, 4 * MiB);

	frame_init(ram, ram + 4 * MiB);
	pcpu_init(0, 0);
	CHECK(npt_create(npt, format_of(format), 7));
	CHECK_EQUAL(npt_limit(npt), 1ul << 48);
	CHECK(IS_ALIGNED(npt_root(npt), 4096));
}

/* SDM 25.6.11: write-back, a walk of 4 less 1 in 5:3, no accessed and dirty flags */
TEST(eptp)
{
	struct npt npt;

	create(&npt, EPT);
	CHECK_EQUAL(npt_token(&npt), npt_root(&npt) | 0x1e);
}

TEST(ncr3)
{
	struct npt npt;

	create(&npt, NPT);
	CHECK_EQUAL(npt_token(&npt), npt_root(&npt));
}

/* What a CPU makes of an entry: its permissions, or "misconfigured", "reserved bit". */
#define BAD (~0u)

static u32 ept_permissions(u64 entry, u32 level, bool *leaf)
{
	u64 type = entry >> 3 & 7;

	*leaf = !level || (entry & BIT(7));
	if ((entry & 7) == 2 || (entry & 7) == 6) /* written, not read (SDM 29.3.3.1) */
		return BAD;
	if (*leaf ? type != 0 && type != 6 : (entry & 0xf8) != 0)
		return BAD;
	if (*leaf && level == 3)
		return BAD;
	return entry & 7;
}

static u32 npt_permissions(u64 entry, u32 level, bool *leaf)
{
	*leaf = !level || (entry & BIT(7));
	if (!(entry & BIT(0)))
		return 0;
	if (!(entry & BIT(2)) || (*leaf && level == 3)) /* a supervisor's; a reserved bit */
		return BAD;
	return NPT_READ | (entry & BIT(1) ? NPT_WRITE : 0) | (entry & NX ? 0 : NPT_EXEC);
}

/* As the CPU walks: from the root, with the permissions of all levels. */
static u32 walk(u32 format, hpa_t root, gpa_t gpa, hpa_t *hpa)
{
	u32 allowed = RWX;
	hpa_t table = root;

	for (u32 level = 4; level--;) {
		u64 entry = ((u64 *)table)[gpa >> (12 + 9 * level) & 511];
		u64 size = npt_level_size(level);
		bool leaf;
		u32 here = format == EPT ? ept_permissions(entry, level, &leaf) :
					   npt_permissions(entry, level, &leaf);

		CHECK(here != BAD);
		allowed &= here;
		table = entry & 0xffffffffff000;
		if (!here)
			return 0;
		if (leaf) {
			CHECK(IS_ALIGNED(table, size)); /* lower bits are reserved */
			*hpa = table + (gpa & (size - 1));
			return allowed;
		}
	}
	host_fail(__FILE__, __LINE__, "the walk does not end");
}

TEST(cpu_walks_to_what_was_mapped)
{
	static const u32 some[] = { NPT_READ, NPT_READ | NPT_WRITE, NPT_READ | NPT_EXEC, RWX };

	for (u32 n = 0; n < HOST_FORMATS; n++) {
		struct npt npt;
		hpa_t hpa = 0;

		create(&npt, n);
		for (u32 level = 0; level < 3; level++)
			for (u32 i = 0; i < ARRAY_SIZE(some); i++) {
				gpa_t gpa = (level * 600ul + 1) * GiB + i * npt_level_size(level);

				CHECK(npt_map(&npt, gpa, 7 * GiB, level, some[i]));
				CHECK_EQUAL(walk(n, npt_root(&npt), gpa + 0x123, &hpa), some[i]);
				CHECK_EQUAL(hpa, 7 * GiB + 0x123);
			}
		CHECK(npt_unmap(&npt, 1201 * GiB + 0x5000)); /* which splits it */
		CHECK_EQUAL(walk(n, npt_root(&npt), 1201 * GiB + 0x5000, &hpa), 0);
		CHECK_EQUAL(walk(n, npt_root(&npt), 1201 * GiB + 0x6000, &hpa), NPT_READ);
		CHECK_EQUAL(hpa, 7 * GiB + 0x6000);
	}
}

TEST(cpu_without_1_gib_entries_gets_none)
{
	for (u32 n = 0; n < HOST_FORMATS; n++) {
		struct npt npt;
		struct npt_mapping mapping;

		cpu_features.gigapages = false;
		create(&npt, n);
		CHECK(npt_map_region(&npt, 0, 0, GiB, RWX));
		CHECK(npt_query(&npt, 0, &mapping));
		CHECK_EQUAL(mapping.level, 1);
	}
}

/* A tag has 16 bits, and 0 is the host's (SDM 27.2.1.1, APM 15.5.1). */
TEST(no_two_vcpus_share_a_tag)
{
	static u8 used[BIT(16)];

	for (u32 id = 1; id <= arch_max_vmid(); id++)
		for (u32 n = 0; n < MAX_VCPUS; n++) {
			static struct vm vm;
			static struct vcpu vcpu = { .vm = &vm };
			u32 tag;

			vm.id = id;
			vcpu.id = n;
			tag = vcpu_tag(&vcpu);
			CHECK(tag && tag < BIT(16) && !used[tag]);
			used[tag] = 1;
		}
}
