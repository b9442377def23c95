// SPDX-License-Identifier: MIT
/* SOURCES: core/tree.c arch/riscv64/tree.c core/host.c arch/riscv64/board.c lib/printf.c */
/* SOURCES: core/frame.c */
/* NEEDS: libfdt */
#include "host_tree.h"
#include <arch/cpu.h>
#include <arch/csr.h>
#include <hv/frame.h>
#include <hv/passthrough.h>
#include <hv/tree.h>
#include <hv/vm.h>

struct cpu_features cpu_features = { .henvcfg = HENVCFG_STCE | HENVCFG_PBMTE | HENVCFG_CBZE };

static struct vm vm;
static char written[65536];
static gpa_t written_at;
static bool memory_is_there = true;

bool vm_write_guest(struct vm *of, gpa_t gpa, const void *buf, u64 length)
{
	CHECK(of == &vm && length <= sizeof(written));
	memcpy(written, buf, length);
	written_at = gpa;
	return memory_is_there;
}

int passthrough_describe(struct vm *of, void *tree)
{
	(void)tree;
	CHECK(of == &vm);
	return 0;
}

static void setup(void)
{
	hpa_t ram = (hpa_t)host_ram(MiB, MiB);

	frame_init(ram, ram + MiB);
	CHECK(!probe());
	vm = (struct vm){ .id = 1, .nr_vcpus = 2, .ram_base = 0x80000000, .ram_size = 64 * MiB,
			  .bootargs = "console=ttyS0 a,b" };
	vm.initrd = (struct region){ 0x83000000, 0x2000 };
}

static const void *make(void)
{
	u64 free = frame_count_free();

	CHECK(!tree_create(&vm, 0x83e00000));
	CHECK_EQUAL(written_at, 0x83e00000);
	CHECK_EQUAL(frame_count_free(), free);
	CHECK(!fdt_check_full(written, sizeof(written)));
	return written;
}

static const char *text(const char *path, const char *name)
{
	int node = fdt_path_offset(written, path);

	CHECK_SAYING(node >= 0, "%s", path);
	return fdt_getprop(written, node, name, NULL);
}

static u64 number(const char *path, const char *name, int index)
{
	const fdt32_t *value = (const fdt32_t *)text(path, name);

	CHECK_SAYING(value, "%s %s", path, name);
	return fdt32_to_cpu(value[index]);
}

TEST(memory_is_the_guests)
{
	setup();
	make();
	CHECK(!strcmp(text("/memory@80000000", "device_type"), "memory"));
	CHECK_EQUAL(number("/memory@80000000", "reg", 1), 0x80000000);
	CHECK_EQUAL(number("/memory@80000000", "reg", 3), 64 * MiB);
}

TEST(memory_beyond_4_gib_is_told_in_two_cells)
{
	setup();
	vm.ram_base = 0x1080000000;
	vm.ram_size = 8 * GiB;
	make();
	CHECK_EQUAL(number("/memory@1080000000", "reg", 0), 0x10);
	CHECK_EQUAL(number("/memory@1080000000", "reg", 2), 2);
}

TEST(chosen_has_bootargs_console_and_initrd)
{
	setup();
	make();
	CHECK(!strcmp(text("/chosen", "bootargs"), "console=ttyS0 a,b"));
	CHECK(fdt_path_offset(written, text("/chosen", "stdout-path")) >= 0);
	CHECK_EQUAL(number("/chosen", "linux,initrd-start", 1), 0x83000000);
	CHECK_EQUAL(number("/chosen", "linux,initrd-end", 1), 0x83002000);
}

TEST(no_initrd_is_not_mentioned)
{
	setup();
	vm.initrd.size = 0;
	make();
	CHECK(!text("/chosen", "linux,initrd-start"));
}

TEST(each_vcpu_has_a_node_and_a_context)
{
	setup();
	vm.nr_vcpus = 4;
	make();
	CHECK(fdt_path_offset(written, "/cpus/cpu@3/interrupt-controller") >= 0);
	CHECK(fdt_path_offset(written, "/cpus/cpu@4") < 0);
	CHECK_EQUAL(number("/cpus/cpu@2", "reg", 0), 2);
	CHECK_EQUAL(number("/cpus", "timebase-frequency", 0), 10000000);
	for (int cpu = 0; cpu < 4; cpu++) {
		char path[60];

		snprintf(path, sizeof(path), "/cpus/cpu@%d/interrupt-controller", cpu);
		/* M-mode's context is connected to nothing, S-mode's to interrupt 9. */
		CHECK_EQUAL(number("/soc/plic@c000000", "interrupts-extended", 4 * cpu + 1),
			    0xffffffff);
		CHECK_EQUAL(number("/soc/plic@c000000", "interrupts-extended", 4 * cpu + 2),
			    number(path, "phandle", 0));
		CHECK_EQUAL(number("/soc/plic@c000000", "interrupts-extended", 4 * cpu + 3), 9);
	}
}

TEST(phandles_differ)
{
	setup();
	make();
	CHECK(number("/soc/plic@c000000", "phandle", 0) !=
	      number("/cpus/cpu@0/interrupt-controller", "phandle", 0));
	CHECK_EQUAL(number("/soc", "interrupt-parent", 0),
		    number("/soc/plic@c000000", "phandle", 0));
}

static const char *isa_of(const char *host_isa, u64 henvcfg)
{
	static char copy[600];

	want.isa = host_isa;
	cpu_features.henvcfg = henvcfg;
	setup();
	make();
	strcpy(copy, text("/cpus/cpu@0", "riscv,isa"));
	return copy;
}

TEST(isa_leaves_out_what_is_not_for_guests)
{
	static const struct {
		const char *host, *guest;
		u64 henvcfg;
	} cases[] = {
		{ "rv64imafdch", "rv64imafdc", 0 },
		{ "rv64imafdcvh_zicsr", "rv64imafdc_zicsr", 0 },
		{ "rv64imafdch_zicsr_sstc", "rv64imafdc_zicsr_sstc", HENVCFG_STCE },
		{ "rv64imafdch_zicsr_sstc", "rv64imafdc_zicsr", 0 },
		{ "rv64imafdch_zicsr_sstc", "rv64imafdc_zicsr", ~HENVCFG_STCE },
		{ "rv64imac_svpbmt_svinval", "rv64imac_svpbmt_svinval", HENVCFG_PBMTE },
		{ "rv64imac_svpbmt_svinval", "rv64imac_svinval", HENVCFG_STCE },
		{ "rv64imac_zvkb_zve32f_zba_smaia_ssaia", "rv64imac_zba", ~0ul },
		{ "rv64imac_smstateen_ssstateen_zbb", "rv64imac_zbb", ~0ul },
		{ "rv64imac", "rv64imac", 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *seen = isa_of(cases[i].host, cases[i].henvcfg);

		CHECK_SAYING(!strcmp(seen, cases[i].guest), "%s, seen %s", cases[i].guest, seen);
	}
}

TEST(isa_as_long_as_there_is_room)
{
	static char isa[512] = "rv64imafdch";

	while (strlen(isa) < 500)
		strcat(isa, "_zicsr");
	isa[strlen(isa)] = 0;
	CHECK_EQUAL(strlen(isa_of(isa, 0)), strlen(isa) - 1);
}

TEST(seed_is_not_the_hosts_and_another_for_each_vm)
{
	unsigned char first[32], host_seed[32];
	const void *seed;

	want.seed = true;
	setup();
	memcpy(host_seed, fdt_getprop(host.tree, fdt_path_offset(host.tree, "/chosen"), "rng-seed",
				      NULL), 32);
	make();
	seed = text("/chosen", "rng-seed");
	CHECK(seed && memcmp(seed, host_seed, 32));
	memcpy(first, seed, 32);
	vm.id = 2;
	make();
	CHECK(memcmp(text("/chosen", "rng-seed"), first, 32));
}

TEST(seed_makes_no_kaslr_seed)
{
	want.seed = true;
	setup();
	make();
	CHECK(!text("/chosen", "kaslr-seed"));
}

TEST(host_secrets_are_not_in_it)
{
	setup();
	make();
	for (u32 i = 0; i + 5 < fdt_totalsize(written); i++)
		CHECK(memcmp(written + i, "nonce", 5));
}

TEST(tree_that_does_not_fit_into_memory)
{
	setup();
	u64 free = frame_count_free();

	memory_is_there = false;
	CHECK(tree_create(&vm, 0x83e00000));
	CHECK_EQUAL(frame_count_free(), free);
}

TEST(bootargs_too_long_for_the_tree)
{
	char *long_one = malloc(70000);

	setup();
	u64 free = frame_count_free();

	memset(long_one, 'x', 69999);
	long_one[69999] = 0;
	vm.bootargs = long_one;
	CHECK(tree_create(&vm, 0x83e00000));
	CHECK_EQUAL(frame_count_free(), free);
}

TEST(no_memory_for_it)
{
	setup();
	while (frame_alloc())
		;
	CHECK(tree_create(&vm, 0x83e00000));
}
