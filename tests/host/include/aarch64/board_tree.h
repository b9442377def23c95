/* SPDX-License-Identifier: MIT */
/* What a host's device tree has on this ISA only: QEMU's "virt" board. */
#ifndef BOARD_TREE_H
#define BOARD_TREE_H

#define CONSOLE_PATH "/pl011@9000000"
#define CONSOLE_BASE 0x9000000ul
#define LINUX_MAGIC  "ARM\x64"

static u64 mapped_ram;

void mmu_map_ram(hpa_t base, u64 size)
{
	(void)base;
	mapped_ram += size;
}

u64 arch_time_frequency(void)
{
	return 62500000;
}

static void add_cpu(void *tree)
{
	fdt_begin_node(tree, "cpu@0");
	fdt_property_string(tree, "device_type", "cpu");
	fdt_property_u32(tree, "reg", 0);
	fdt_property_string(tree, "compatible", want.isa ? want.isa : "arm,cortex-a72");
	fdt_end_node(tree);
}

static void irq(void *tree, u32 type, u32 number)
{
	fdt32_t cells[3] = { cpu_to_fdt32(type), cpu_to_fdt32(number), cpu_to_fdt32(4) };

	fdt_property(tree, "interrupts", cells, sizeof(cells));
}

static void add_board(void *tree)
{
	fdt64_t gic[8];

	fdt_begin_node(tree, "pl011@9000000");
	fdt_property(tree, "compatible", "arm,pl011\0arm,primecell", 24);
	reg(tree, CONSOLE_BASE, 0x1000);
	irq(tree, 0, 1);
	fdt_end_node(tree);
	if (!want.no_irqchip) {
		fdt_begin_node(tree, "intc@8000000");
		fdt_property_string(tree, "compatible", "arm,cortex-a15-gic");
		for (u32 i = 0; i < 4; i++) {
			static const u64 base[] = { 0x8000000, 0x8010000, 0x8030000, 0x8040000 };

			gic[2 * i] = cpu_to_fdt64(base[i]);
			gic[2 * i + 1] = cpu_to_fdt64(0x10000);
		}
		/* Without virtualization QEMU gives the first two only. */
		fdt_property(tree, "reg", gic, want.half_an_irqchip ? 32 : 64);
		irq(tree, 1, 9);
		fdt_end_node(tree);
	}
	if (!want.no_power) {
		fdt_begin_node(tree, "psci");
		fdt_property(tree, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
		fdt_property_string(tree, "method", want.psci_method ? want.psci_method : "smc");
		fdt_end_node(tree);
	}
}

#endif
