// SPDX-License-Identifier: MIT
/* SOURCES: core/npt.c core/frame.c core/pcpu.c arch/ISA/npt.c */
/* SOURCES.x86_64: arch/x86_64/vmx_npt.c arch/x86_64/svm_npt.c */
#include <sys/wait.h>
#include <unistd.h>
#include "host.h"
#include <arch/cpu.h>
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/npt.h>
#include <hv/pcpu.h>

/* Where an ISA has several formats, each test is run with each of them. */
#if __has_include(<npt_formats.h>)
#include <npt_formats.h>
#else
struct cpu_features cpu_features = { .vmid_bits = 8 };
#define HOST_FORMATS 1
static void host_choose_format(u32 n)
{
}
#endif

/* In a process of its own, so that it finds everything untouched. */
static void with_each_format(void (*test)(void))
{
	for (u32 n = 0; n < HOST_FORMATS; n++) {
		pid_t child = fork();
		int status;

		CHECK(child >= 0);
		if (!child) {
			host_choose_format(n);
			test();
			exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK_SAYING(!status, "format %u", n);
	}
}

#undef TEST
#define TEST(test_name)                                                                      \
	static void test_name(void);                                                         \
	static void each_##test_name(void)                                                   \
	{                                                                                    \
		with_each_format(test_name);                                                 \
	}                                                                                    \
	__attribute__((constructor)) static void add_##test_name(void)                       \
	{                                                                                    \
		static struct test test = { #test_name, each_##test_name, NULL };            \
		host_add_test(&test);                                                        \
	}                                                                                    \
	static void test_name(void)

enum { RAM_SIZE = 32 * MiB };

static struct npt npt;
static struct npt_format format;
static u64 frames_before;

/* What was flushed, as long as a test looks. */
static struct {
	gpa_t gpa;
	u64 size;
	u64 token;
} flushes[8192];
static u64 flush_count, publish_count;

static void note_flush(u64 token, gpa_t gpa, u64 size)
{
	CHECK(flush_count < ARRAY_SIZE(flushes));
	flushes[flush_count].gpa = gpa;
	flushes[flush_count].size = size;
	flushes[flush_count++].token = token;
}

static void note_publish(u64 token, gpa_t gpa, u64 size)
{
	CHECK_EQUAL(token, format.token(npt.root, 7));
	CHECK_EQUAL(gpa % size, 0);
	publish_count++;
}

static bool was_flushed(gpa_t gpa)
{
	for (u64 i = 0; i < flush_count; i++)
		if (flushes[i].token == format.token(npt.root, 7) &&
		    gpa >= flushes[i].gpa && gpa - flushes[i].gpa < flushes[i].size)
			return true;
	return false;
}

static void setup_format(const struct npt_format *wanted)
{
	hpa_t ram = (hpa_t)host_ram(RAM_SIZE, 4 * MiB);

	frame_init(ram, ram + RAM_SIZE);
	pcpu_init(0, 0);
	format = *wanted;
	format.flush = note_flush;
	format.publish = note_publish;
	frames_before = frame_count_free();
	CHECK(npt_create(&npt, &format, 7));
}

static void setup(void)
{
	setup_format(arch_npt_format());
}

/* No frame may be lost. */
static void done(void)
{
	npt_destroy(&npt);
	CHECK_EQUAL(frame_count_free(), frames_before);
}

static hpa_t translated(gpa_t gpa)
{
	hpa_t hpa;

	return npt_translate(&npt, gpa, 0, &hpa) ? hpa : ~0ul;
}

static u32 level_at(gpa_t gpa)
{
	struct npt_mapping mapping;

	return npt_query(&npt, gpa, &mapping) ? mapping.level : 99;
}

#define RWX (NPT_READ | NPT_WRITE | NPT_EXEC)

TEST(root_is_aligned_to_its_size)
{
	setup();
	CHECK(IS_ALIGNED(npt_root(&npt), BIT(format.root_bits) * 8));
	done();
}

TEST(empty_table_maps_nothing)
{
	setup();
	CHECK_EQUAL(translated(0), ~0ul);
	CHECK_EQUAL(translated(0x90000000), ~0ul);
	CHECK_EQUAL(translated(npt_limit(&npt) - 1), ~0ul);
	done();
}

TEST(one_page_and_nothing_beside_it)
{
	setup();
	CHECK(npt_map(&npt, 0x90001000, 0x80005000, 0, RWX));
	CHECK_EQUAL(translated(0x90001000), 0x80005000);
	CHECK_EQUAL(translated(0x90001fff), 0x80005fff);
	CHECK_EQUAL(translated(0x90000fff), ~0ul);
	CHECK_EQUAL(translated(0x90002000), ~0ul);
	done();
}

TEST(each_level)
{
	setup();
	for (u32 level = 0; level <= format.max_leaf; level++) {
		gpa_t gpa = npt_level_size(format.max_leaf) * (1 + level);

		CHECK(npt_map(&npt, gpa, 0x40000000, level, RWX));
		CHECK_EQUAL(level_at(gpa), level);
		CHECK_EQUAL(translated(gpa + npt_level_size(level) - 1),
			    0x40000000 + npt_level_size(level) - 1);
		CHECK_EQUAL(translated(gpa + npt_level_size(level)), ~0ul);
	}
	done();
}

TEST(mapping_twice_is_refused)
{
	setup();
	CHECK(npt_map(&npt, 0x200000, 0x400000, 1, RWX));
	CHECK(!npt_map(&npt, 0x200000, 0x600000, 1, RWX));
	CHECK(!npt_map(&npt, 0x201000, 0x600000, 0, RWX));
	CHECK(!npt_map(&npt, 0, 0x40000000, 2, RWX));
	CHECK_EQUAL(translated(0x200000), 0x400000);
	CHECK_EQUAL(translated(0x201000), 0x401000);
	CHECK_EQUAL(translated(0), ~0ul);
	done();
}

TEST(last_and_first_page_of_what_can_be_mapped)
{
	setup();
	CHECK(npt_map(&npt, npt_limit(&npt) - 4096, 0x1000, 0, RWX));
	CHECK(npt_map(&npt, 0, 0x2000, 0, RWX));
	CHECK_EQUAL(translated(npt_limit(&npt) - 1), 0x1fff);
	CHECK_EQUAL(translated(0), 0x2000);
	done();
}

TEST(beyond_the_limit_is_refused_and_does_not_wrap)
{
	setup();
	CHECK(npt_map(&npt, 0, 0x2000, 0, RWX));
	CHECK(!npt_map(&npt, npt_limit(&npt), 0x1000, 0, RWX));
	CHECK(!npt_map(&npt, 0xfffffffffffff000, 0x1000, 0, RWX));
	CHECK(!npt_map_region(&npt, npt_limit(&npt) - 4096, 0x1000, 8192, RWX));
	CHECK_EQUAL(translated(npt_limit(&npt)), ~0ul);
	CHECK_EQUAL(translated(npt_limit(&npt) - 4096), ~0ul);
	CHECK_EQUAL(translated(0), 0x2000);
	done();
}

TEST(unmapping_beyond_the_limit_does_not_wrap)
{
	setup();
	CHECK(npt_map(&npt, 0, 0x2000, 0, RWX));
	npt_unmap(&npt, npt_limit(&npt));
	npt_unmap_region(&npt, npt_limit(&npt), 0x10000);
	CHECK_EQUAL(translated(0), 0x2000);
	done();
}

TEST(unaligned_mapping_is_a_panic)
{
	setup();
	CHECK(PANICS(npt_map(&npt, 0x1000, 0x200000, 1, RWX)));
	CHECK(PANICS(npt_map(&npt, 0x200000, 0x1000, 1, RWX)));
	CHECK(PANICS(npt_map(&npt, 0x200800, 0x1000, 0, RWX)));
}

TEST(regions_take_the_largest_entries_that_fit)
{
	setup();
	/* 4 KiB up to 2 MiB, 2 MiB up to 1 GiB, 1 GiB, and down again. */
	gpa_t gpa = GiB - 2 * MiB - 4096;
	u64 size = 4096 + 2 * MiB + GiB + 2 * MiB + 4096;

	CHECK(npt_map_region(&npt, gpa, gpa + 8 * GiB, size, RWX));
	CHECK_EQUAL(level_at(gpa), 0);
	CHECK_EQUAL(level_at(gpa + 4096), 1);
	CHECK_EQUAL(level_at(GiB), 2);
	CHECK_EQUAL(level_at(2 * GiB), 1);
	CHECK_EQUAL(level_at(2 * GiB + 2 * MiB), 0);
	CHECK_EQUAL(level_at(2 * GiB + 2 * MiB + 4096), 99);
	for (u64 at = 0; at < size; at += 4096)
		CHECK_EQUAL(translated(gpa + at), gpa + 8 * GiB + at);
	done();
}

TEST(sides_that_do_not_match_take_small_entries)
{
	setup();
	CHECK(npt_map_region(&npt, 2 * MiB, 2 * MiB + 4096, 4 * MiB, RWX));
	CHECK_EQUAL(level_at(2 * MiB), 0);
	CHECK_EQUAL(level_at(4 * MiB), 0);
	CHECK_EQUAL(translated(4 * MiB + 5), 4 * MiB + 4096 + 5);
	done();
}

TEST(region_that_meets_a_mapping_changes_nothing)
{
	setup();
	CHECK(npt_map(&npt, 0x300000, 0x1000, 0, RWX));
	CHECK(!npt_map_region(&npt, 0x100000, 0x40100000, 0x400000, RWX));
	CHECK_EQUAL(translated(0x100000), ~0ul);
	CHECK_EQUAL(translated(0x2ff000), ~0ul);
	CHECK_EQUAL(translated(0x300000), 0x1000);
	done();
}

TEST(unmapping_a_page_splits_a_large_entry)
{
	setup();
	npt_token(&npt);
	CHECK(npt_map(&npt, GiB, 8 * GiB, 2, NPT_READ | NPT_DEVICE));
	CHECK(npt_unmap(&npt, GiB + 0x345678));
	CHECK_EQUAL(translated(GiB + 0x345000), ~0ul);
	CHECK_EQUAL(translated(GiB + 0x345fff), ~0ul);
	for (u64 at = 0; at < GiB; at += 4096)
		if (at != 0x345000)
			CHECK_EQUAL(translated(GiB + at), 8 * GiB + at);
	struct npt_mapping mapping;

	CHECK(npt_query(&npt, GiB, &mapping));
	CHECK_EQUAL(mapping.flags, NPT_READ | NPT_DEVICE);
	CHECK_EQUAL(level_at(GiB + 0x346000), 0);
	CHECK_EQUAL(level_at(GiB + 4 * MiB), 1);
	/* The entry of 1 GiB was there, so all of it may be cached. */
	CHECK(was_flushed(GiB) && was_flushed(2 * GiB - 1) && was_flushed(GiB + 0x345000));
	done();
}

TEST(unmapping_what_is_not_mapped_is_no_error)
{
	setup();
	CHECK(npt_unmap(&npt, 0x1000));
	CHECK(npt_unmap_region(&npt, 0, 3 * GiB));
	done();
}

TEST(what_was_unmapped_can_be_mapped_again)
{
	setup();
	CHECK(npt_map_region(&npt, 4 * MiB, 16 * MiB, 4 * MiB, RWX));
	CHECK(npt_unmap_region(&npt, 4 * MiB, 4 * MiB));
	CHECK(npt_map_region(&npt, 4 * MiB, 32 * MiB, 4 * MiB, RWX));
	CHECK_EQUAL(translated(8 * MiB - 1), 36 * MiB - 1);
	done();
}

TEST(table_that_became_empty_does_not_stand_in_a_large_entrys_way)
{
	setup();
	CHECK(npt_map(&npt, 4 * MiB, 16 * MiB, 0, RWX));
	CHECK(npt_unmap(&npt, 4 * MiB));
	CHECK(npt_map_region(&npt, 4 * MiB, 32 * MiB, 2 * MiB, RWX));
	CHECK_EQUAL(translated(4 * MiB), 32 * MiB);
	CHECK_EQUAL(translated(6 * MiB - 1), 34 * MiB - 1);
	done();
}

TEST(flags_come_back)
{
	static const u32 some[] = { NPT_READ, NPT_READ | NPT_WRITE, NPT_READ | NPT_EXEC, RWX,
				    RWX | NPT_DEVICE, NPT_READ | NPT_DEVICE };
	hpa_t hpa;

	setup();
	for (u32 i = 0; i < ARRAY_SIZE(some); i++) {
		gpa_t gpa = 0x1000 * i;
		struct npt_mapping mapping;

		CHECK(npt_map(&npt, gpa, 0x5000, 0, some[i]));
		CHECK(npt_query(&npt, gpa, &mapping));
		CHECK_EQUAL(mapping.flags, some[i]);
		for (u32 need = 0; need < 8; need++)
			CHECK_EQUAL(npt_translate(&npt, gpa, need, &hpa), (some[i] & need) == need);
	}
	done();
}

TEST(nothing_is_flushed_before_a_cpu_has_used_the_table)
{
	setup();
	CHECK(npt_map(&npt, 0x1000, 0x1000, 0, RWX));
	CHECK(npt_unmap(&npt, 0x1000));
	CHECK_EQUAL(flush_count, 0);
	done();
}

TEST(mapping_what_was_empty_flushes_nothing)
{
	setup();
	npt_token(&npt);
	CHECK(npt_map_region(&npt, 0x1000, 0x1000, 8 * MiB, RWX));
	CHECK_EQUAL(flush_count, 0);
	/* 511 pages, 3 megapages and one page: each is shown to the walker. */
	CHECK_EQUAL(publish_count, 511 + 3 + 1);
	done();
}

static u64 walk_count;
static gpa_t walk_last;

static void visit(const struct npt_mapping *mapping, void *arg)
{
	CHECK(arg == &walk_count);
	CHECK(!walk_count || mapping->gpa > walk_last);
	CHECK_EQUAL(translated(mapping->gpa), mapping->hpa);
	walk_last = mapping->gpa;
	walk_count++;
}

/* The walk holds the lock, so the visitor looks at a copy that has its own. */
static struct npt real;

static void visit_copy(const struct npt_mapping *mapping, void *arg)
{
	visit(mapping, arg);
}

TEST(walk_visits_each_entry_in_order)
{
	setup();
	CHECK(npt_map(&npt, 5 * GiB, 2 * GiB, 2, RWX));
	CHECK(npt_map(&npt, 0x1000, 0x9000, 0, RWX));
	CHECK(npt_map(&npt, npt_limit(&npt) - 4096, 0x8000, 0, RWX));
	CHECK(npt_map(&npt, 0x600000, 0x200000, 1, RWX));
	real = npt;
	npt_walk(&real, visit_copy, &walk_count);
	CHECK_EQUAL(walk_count, 4);
	done();
}

TEST(owned_memory_is_freed_with_the_table_and_other_memory_is_not)
{
	setup();
	hpa_t small = frame_alloc(), large = frame_alloc_contig(512, 2 * MiB);
		hpa_t other = frame_alloc();

	CHECK(small && large && other);
	CHECK(npt_map(&npt, 0x1000, small, 0, NPT_RAM));
	CHECK(npt_map(&npt, 2 * MiB, large, 1, NPT_RAM));
	CHECK(npt_map(&npt, 0x3000, other, 0, RWX));
	npt_destroy(&npt);
	CHECK_EQUAL(frame_count_free(), frames_before - 1);
}

TEST(no_frame_left_for_a_table)
{
	hpa_t frame;

	setup();
	CHECK(npt_map(&npt, 0x1000, 0x1000, 0, RWX));
	while ((frame = frame_alloc()))
		;
	CHECK(!npt_map(&npt, 7 * GiB, 0x1000, 0, RWX));
	CHECK(!npt_map_region(&npt, 7 * GiB, 0x1000, 8192, RWX));
	CHECK_EQUAL(translated(7 * GiB), ~0ul);
	CHECK_EQUAL(translated(0x1000), 0x1000);
	/* What needs no table is still possible. */
	CHECK(npt_map(&npt, 0x2000, 0x2000, 0, RWX));
	CHECK(npt_map(&npt, 7 * GiB, GiB, 2, RWX));
	/* A split needs one, and leaves all as it was where there is none. */
	CHECK(!npt_unmap(&npt, 7 * GiB + 0x5000));
	CHECK_EQUAL(translated(7 * GiB + 0x5000), GiB + 0x5000);
}

TEST(no_frame_left_for_a_root)
{
	struct npt another;

	setup();
	while (frame_alloc())
		;
	CHECK(!npt_create(&another, &format, 8));
}

/* ---- against a model: the same operations on a plain array ---- */

/* Other shapes than this ISA's, such as the next ISAs will have. */
static u64 plain_table(hpa_t table)
{
	return table | 1;
}

static u64 plain_leaf(hpa_t hpa, u32 flags, u32 level)
{
	return hpa | 1 | (level ? 2 : 0) | (u64)flags << 4;
}

static bool plain_present(u64 entry)
{
	return entry & 1;
}

static bool plain_is_leaf(u64 entry, u32 level)
{
	return !level || entry & 2;
}

static hpa_t plain_address(u64 entry)
{
	return entry & 0x0000fffffffff000;
}

static u32 plain_flags(u64 entry)
{
	return entry >> 4 & 0x1f;
}

static u64 plain_token(hpa_t root, u32 vmid)
{
	return root | vmid;
}

#define PLAIN(levels_, max_leaf_, root_bits_)                                                \
	{                                                                                    \
		.levels = levels_, .max_leaf = max_leaf_, .root_bits = root_bits_,           \
		.table_entry = plain_table, .leaf_entry = plain_leaf,                        \
		.is_present = plain_present, .is_leaf = plain_is_leaf,                       \
		.address = plain_address, .flags = plain_flags, .token = plain_token,        \
	}

enum { MODEL_PAGES = 4096 };

static struct {
	hpa_t hpa;
	u32 flags;
	bool there;
} model[MODEL_PAGES];

static void same_as_model(gpa_t base)
{
	for (u64 page = 0; page < MODEL_PAGES; page++) {
		gpa_t gpa = base + page * 4096;
		struct npt_mapping mapping;
		bool there = npt_query(&npt, gpa, &mapping);

		CHECK_SAYING(there == model[page].there, "page %lu", (unsigned long)page);
		if (!there)
			continue;
		CHECK(gpa - mapping.gpa < npt_level_size(mapping.level));
		CHECK_EQUAL(mapping.hpa + (gpa - mapping.gpa), model[page].hpa);
		CHECK_EQUAL(mapping.flags, model[page].flags);
	}
}

static void against_the_model(const struct npt_format *wanted, gpa_t base)
{
	setup_format(wanted);
	npt_token(&npt);
	for (int turn = 0; turn < 1500; turn++) {
		u64 page = host_random(MODEL_PAGES);
		u64 count = 1 + host_random(host_random(4) ? 40 : 1600);
		bool large = !host_random(2);

		if (large) {
			page = ALIGN_DOWN(page, 512);
			count = ALIGN_UP(count, 512);
		}
		if (page + count > MODEL_PAGES)
			count = MODEL_PAGES - page;
		flush_count = 0;
		if (host_random(2)) {
			hpa_t hpa = GiB + (large ? host_random(64) * 2 * MiB :
						   host_random(9999) * 4096);
			u32 flags = 1 + host_random(7);
			/* There may be no memory that can be written but not read, or such. */
			u32 kept = format.flags(format.leaf_entry(hpa, flags, 0));
			bool free = true;

			for (u64 i = 0; i < count; i++)
				free &= !model[page + i].there;
			/* An empty table may or may not stand in its way; both leave it sane. */
			bool mapped = npt_map_region(&npt, base + page * 4096, hpa, count * 4096,
						     flags);

			CHECK(free || !mapped);
			for (u64 i = 0; mapped && i < count; i++) {
				model[page + i].there = true;
				model[page + i].hpa = hpa + i * 4096;
				model[page + i].flags = kept;
			}
		} else {
			CHECK(npt_unmap_region(&npt, base + page * 4096, count * 4096));
			for (u64 i = 0; i < count; i++) {
				if (model[page + i].there)
					CHECK_SAYING(was_flushed(base + (page + i) * 4096),
						     "page %lu was unmapped and not flushed",
						     (unsigned long)(page + i));
				model[page + i].there = false;
			}
		}
		if (turn % 50 == 0)
			same_as_model(base);
	}
	same_as_model(base);
	flush_count = 0;
	done();
}

TEST(model_with_this_isas_format)
{
	against_the_model(arch_npt_format(), GiB - 8 * MiB);
}

TEST(model_at_the_top_of_the_range)
{
	const struct npt_format *own = arch_npt_format();

	against_the_model(own, (4096ul << 9 * (own->levels - 1) << own->root_bits) - 16 * MiB);
}

TEST(model_with_four_levels_of_nine_bits)
{
	static const struct npt_format four = PLAIN(4, 2, 9);

	against_the_model(&four, 512 * GiB - 8 * MiB);
}

TEST(model_with_two_tables_at_the_root)
{
	static const struct npt_format two = PLAIN(3, 2, 10);

	against_the_model(&two, 512 * GiB - 8 * MiB);
}

TEST(model_with_small_entries_only)
{
	static const struct npt_format small = PLAIN(3, 0, 9);

	against_the_model(&small, GiB - 8 * MiB);
}
