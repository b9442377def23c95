/* SPDX-License-Identifier: MIT */
/* What a host's device tree has on this ISA only: QEMU's "virt" board. */
#ifndef BOARD_TREE_H
#define BOARD_TREE_H

#define CONSOLE_PATH "/soc/serial@10000000"
#define CONSOLE_BASE 0x10000000ul
#define LINUX_MAGIC  "RSC\5"

static void add_cpu(void *tree)
{
	fdt_begin_node(tree, "cpu@0");
	fdt_property_string(tree, "device_type", "cpu");
	fdt_property_u32(tree, "reg", 0);
	fdt_property_string(tree, "riscv,isa", want.isa ? want.isa : "rv64imafdch_zicsr");
	fdt_property_string(tree, "mmu-type", "riscv,sv57");
	fdt_property_u32(tree, "riscv,cboz-block-size", 64);
	fdt_end_node(tree);
}

static void add_device(void *tree, const char *name, const char *compatible, u64 base, u32 irq)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "compatible", compatible);
	reg(tree, base, 0x1000);
	fdt_property_u32(tree, "interrupts", irq);
	fdt_end_node(tree);
}

static void add_board(void *tree)
{
	fdt_begin_node(tree, "soc");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	add_device(tree, "serial@10000000", "ns16550a", CONSOLE_BASE, 10);
	if (!want.no_irqchip)
		add_device(tree, "plic@c000000", "riscv,plic0", 0xc000000, 0);
	if (!want.no_power)
		add_device(tree, "test@100000", "sifive,test0", 0x100000, 0);
	fdt_end_node(tree);
}

#endif
