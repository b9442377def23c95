/* SPDX-License-Identifier: MIT */
/* A host's device tree, as QEMU's firmware hands it over, made with libfdt. */
#ifndef HOST_TREE_H
#define HOST_TREE_H

#include "host.h"
#include <hv/arch.h>
#include <hv/host.h>
#include <libfdt.h>

static bool console_is_there;

void arch_console_init(void)
{
	console_is_there = true;
}

/* What a test wants otherwise. */
static struct {
	bool no_stdout, no_memory, no_irqchip, half_an_irqchip, no_power, no_cpu, no_modules;
	bool no_initrd, seed;
	const char *isa, *stdout_path, *psci_method;
	u64 kernel, kernel_size, initrd, initrd_size, ram_size;
	u64 up; /* added to the addresses of RAM, for hosts whose own lie there */
} want;

static void reg(void *tree, u64 base, u64 size)
{
	fdt64_t cells[2] = { cpu_to_fdt64(base), cpu_to_fdt64(size) };

	CHECK(!fdt_property(tree, "reg", cells, sizeof(cells)));
}

static void add_modules(void *tree)
{
	fdt_begin_node(tree, "module@c0200000");
	fdt_property(tree, "compatible", "multiboot,module\0multiboot,kernel", 34);
	reg(tree, want.up + (want.kernel ? want.kernel : 0xc0200000),
	    want.kernel_size ? want.kernel_size : 0x1000);
	fdt_property_string(tree, "bootargs", "console=ttyS0 quiet");
	fdt_end_node(tree);
	if (want.no_initrd)
		return;
	fdt_begin_node(tree, "module@cf000000");
	fdt_property(tree, "compatible", "multiboot,module\0multiboot,ramdisk", 35);
	reg(tree, want.up + (want.initrd ? want.initrd : 0xcf000000),
	    want.initrd_size ? want.initrd_size : 0x2000);
	fdt_end_node(tree);
}

#include "board_tree.h"

/* In memory that ends where the tree does. */
static void *make_host_tree(void)
{
	static char work[65536];
	void *tree = work, *exact;
	const char *path = want.stdout_path ? want.stdout_path : CONSOLE_PATH;
	u32 seed[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	CHECK(!fdt_create(tree, sizeof(work)));
	fdt_add_reservemap_entry(tree, 0x80000000, 0x40000);
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_begin_node(tree, "chosen");
	if (!want.no_stdout)
		fdt_property_string(tree, "stdout-path", path);
	fdt_property_string(tree, "bootargs", "nonce=12345678");
	if (want.seed)
		fdt_property(tree, "rng-seed", seed, sizeof(seed));
	if (!want.no_modules)
		add_modules(tree);
	fdt_end_node(tree);
	if (!want.no_memory) {
		fdt_begin_node(tree, "memory@80000000");
		fdt_property_string(tree, "device_type", "memory");
		reg(tree, want.up + 0x80000000, want.ram_size ? want.ram_size : 0x54000000);
		fdt_end_node(tree);
	}
	fdt_begin_node(tree, "reserved-memory");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_begin_node(tree, "mmode_resv0@80000000");
	reg(tree, 0x80000000, 0x80000);
	fdt_end_node(tree);
	fdt_end_node(tree);
	fdt_begin_node(tree, "cpus");
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 0);
	fdt_property_u32(tree, "timebase-frequency", 10000000);
	if (!want.no_cpu)
		add_cpu(tree);
	fdt_end_node(tree);
	add_board(tree);
	fdt_end_node(tree);
	CHECK(!fdt_finish(tree));
	exact = aligned_alloc(8, ALIGN_UP(fdt_totalsize(tree), 8));
	memcpy(exact, tree, fdt_totalsize(tree));
	return exact;
}

static const char *probe(void)
{
	memset(&host, 0, sizeof(host));
	return host_probe((u64)make_host_tree());
}

/* Asked for this, probe() must say something with these words. */
#define SAYS(what, words)                                                                    \
	do {                                                                                 \
		memset(&want, 0, sizeof(want));                                              \
		want.what;                                                                   \
		const char *why_ = probe();                                                  \
		CHECK_SAYING(why_ && strstr(why_, words), "%s", why_ ? why_ : "nothing");    \
	} while (0)

#endif
