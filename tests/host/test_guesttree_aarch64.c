// SPDX-License-Identifier: MIT
/* SOURCES: core/tree.c arch/aarch64/tree.c core/host.c arch/aarch64/board.c lib/printf.c */
/* SOURCES: core/frame.c */
/* NEEDS: libfdt */
#include "host_tree.h"
#include <hv/frame.h>
#include <hv/passthrough.h>
#include <hv/tree.h>
#include <hv/vm.h>

static struct vm vm;
static char written[65536];

bool vm_write_guest(struct vm *of, gpa_t gpa, const void *buf, u64 length)
{
	CHECK(of == &vm && gpa == 0x43e00000 && length <= sizeof(written));
	memcpy(written, buf, length);
	return true;
}

int passthrough_describe(struct vm *of, void *tree)
{
	(void)tree;
	CHECK(of == &vm);
	return 0;
}

static void make(u32 cpus)
{
	hpa_t ram = (hpa_t)host_ram(MiB, MiB);

	frame_init(ram, ram + MiB);
	CHECK(!probe());
	vm = (struct vm){ .id = 1, .nr_vcpus = cpus, .ram_base = 0x40000000, .ram_size = 64 * MiB,
			  .bootargs = "console=ttyAMA0 a,b" };
	CHECK(!tree_create(&vm, 0x43e00000));
	CHECK(!fdt_check_full(written, sizeof(written)));
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

static int length(const char *path, const char *name)
{
	int bytes = -1;

	fdt_getprop(written, fdt_path_offset(written, path), name, &bytes);
	return bytes;
}

/* The node that is compatible with this. */
static const char *path_of(const char *compatible)
{
	static char path[80];
	int node = fdt_node_offset_by_compatible(written, -1, compatible);

	CHECK_SAYING(node >= 0, "%s", compatible);
	CHECK(!fdt_get_path(written, node, path, sizeof(path)));
	return path;
}

TEST(memory_and_chosen_are_the_guests)
{
	make(1);
	CHECK_EQUAL(number("/memory@40000000", "reg", 1), 0x40000000);
	CHECK_EQUAL(number("/memory@40000000", "reg", 3), 64 * MiB);
	CHECK(!strcmp(text("/chosen", "bootargs"), "console=ttyAMA0 a,b"));
	CHECK_EQUAL(fdt_path_offset(written, text("/chosen", "stdout-path")),
		    fdt_node_offset_by_compatible(written, -1, "arm,pl011"));
}

TEST(cpus_are_turned_on_by_psci_and_that_by_hvc)
{
	make(3);
	CHECK_EQUAL(number("/cpus/cpu@2", "reg", 0), 2);
	CHECK(fdt_path_offset(written, "/cpus/cpu@3") < 0);
	CHECK(!strcmp(text("/cpus/cpu@1", "enable-method"), "psci"));
	CHECK(!strcmp(text("/cpus/cpu@1", "compatible"), "arm,cortex-a72"));
	CHECK(!strcmp(text(path_of("arm,psci-1.0"), "method"), "hvc"));
}

/* The host's own has four parts: those for hypervisors are not the guest's. */
TEST(gic_has_the_two_parts_that_a_guest_sees)
{
	make(1);
	const char *gic = path_of("arm,cortex-a15-gic");

	CHECK_EQUAL(length(gic, "reg"), 32);
	CHECK_EQUAL(number(gic, "reg", 1), 0x8000000);
	CHECK_EQUAL(number(gic, "reg", 5), 0x8010000);
	CHECK_EQUAL(number(gic, "reg", 7), 0x2000);
	CHECK_EQUAL(number(gic, "#interrupt-cells", 0), 3);
}

TEST(uart_has_its_interrupt_and_clocks)
{
	make(1);
	const char *uart = path_of("arm,pl011");

	CHECK_EQUAL(number(uart, "reg", 1), 0x9000000);
	CHECK_EQUAL(number(uart, "interrupts", 0), 0);
	CHECK_EQUAL(number(uart, "interrupts", 1), 1);
	CHECK_EQUAL(length(uart, "clocks"), 8);
	CHECK_EQUAL(number(path_of("fixed-clock"), "phandle", 0),
		    number(path_of("arm,pl011"), "clocks", 0));
}

TEST(timers_are_those_that_a_guest_has)
{
	make(1);
	const char *timer = path_of("arm,armv8-timer");

	CHECK_EQUAL(number(timer, "interrupts", 4), 30 - 16); /* EL1 physical */
	CHECK_EQUAL(number(timer, "interrupts", 7), 27 - 16); /* virtual */
}

TEST(nothing_of_the_hosts_is_in_it)
{
	want.seed = true;
	make(1);
	CHECK(!text("/chosen", "kaslr-seed"));
	for (u32 i = 0; i + 5 < fdt_totalsize(written); i++)
		CHECK(memcmp(written + i, "nonce", 5));
}

TEST(no_memory_for_it)
{
	make(1);
	while (frame_alloc())
		;
	CHECK(tree_create(&vm, 0x43e00000));
}
