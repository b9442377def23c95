// SPDX-License-Identifier: MIT
/* The RISC-V part of a guest's device tree. */
#include <arch/board.h>
#include <arch/cpu.h>
#include <arch/csr.h>
#include <hv/arch.h>
#include <hv/host.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/tree.h>
#include <hv/vm.h>
#include <libfdt.h>

#define CPU_IRQCHIP(n) (TREE_IRQCHIP + 1 + (n)) /* phandle of hart n's own interrupt controller */

gpa_t arch_guest_ram(void)
{
	return BOARD_RAM;
}

const char *arch_tree_console(void)
{
	return "/soc/serial@10000000";
}

/*
 * Extensions that the host has and a guest of ours has not, by the beginning of their names:
 * machine and hypervisor level, what would need registers that we do not switch (vectors, AIA), and
 * what henvcfg does not let through.
 */
static bool guest_may_use(const char *name)
{
	static const struct {
		const char *prefix;
		u64 henvcfg; /* any of these bits allows it */
	} conditions[] = {
		{ "sm", 0 },      { "sh", 0 },     { "ssaia", 0 },  { "ssstateen", 0 },
		{ "sscofpmf", 0 }, { "ssnpm", 0 },  { "svadu", 0 },  { "zv", 0 },
		{ "sstc", HENVCFG_STCE },          { "svpbmt", HENVCFG_PBMTE },
		{ "zicbom", HENVCFG_CBCFE },       { "zicboz", HENVCFG_CBZE },
		{ "zicfi", 0 },   { "sdtrig", 0 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(conditions); i++)
		if (!strncmp(name, conditions[i].prefix, strlen(conditions[i].prefix)))
			return cpu_features.henvcfg & conditions[i].henvcfg;
	return true;
}

/*
 * rv64imafdch_zicsr_sstc becomes rv64imafdc_zicsr_sstc: the host's string without what is not for
 * guests.
 */
static void guest_isa(char *isa)
{
	const char *from = host.isa;
	char *to = isa;

	for (; *from && *from != '_'; from++)
		if (from < host.isa + 4 || (*from != 'h' && *from != 'v'))
			*to++ = *from;
	while (*from == '_') {
		const char *name = ++from;
		u64 length = 0;

		while (name[length] && name[length] != '_')
			length++;
		if (guest_may_use(name)) {
			*to++ = '_';
			memcpy(to, name, length);
			to += length;
		}
		from += length;
	}
	*to = 0;
}

/* The cache block that cbo.* instructions work on, where the host tells of it. */
static int copy_block_size(void *tree, const char *name)
{
	int cpu = fdt_node_offset_by_prop_value(host.tree, -1, "device_type", "cpu", 4), length;
	const void *size = fdt_getprop(host.tree, cpu, name, &length);

	return size ? fdt_property(tree, name, size, length) : 0;
}

static int add_cpu(void *tree, u32 id, const char *isa)
{
	char name[16];
	int error;

	snprintf(name, sizeof(name), "cpu@%x", id);
	error = fdt_begin_node(tree, name);
	error |= fdt_property_string(tree, "device_type", "cpu");
	error |= fdt_property_u32(tree, "reg", id);
	error |= fdt_property_string(tree, "status", "okay");
	error |= fdt_property_string(tree, "compatible", "riscv");
	error |= fdt_property_string(tree, "riscv,isa", isa);
	error |= fdt_property_string(tree, "mmu-type", host.mmu);
	error |= copy_block_size(tree, "riscv,cbom-block-size");
	error |= copy_block_size(tree, "riscv,cboz-block-size");

	error |= fdt_begin_node(tree, "interrupt-controller");
	error |= fdt_property_u32(tree, "#interrupt-cells", 1);
	error |= fdt_property(tree, "interrupt-controller", NULL, 0);
	error |= fdt_property_string(tree, "compatible", "riscv,cpu-intc");
	error |= fdt_property_u32(tree, "phandle", CPU_IRQCHIP(id));
	error |= fdt_end_node(tree);
	return error | fdt_end_node(tree);
}

int arch_tree_cpus(void *tree, const struct vm *vm)
{
	char isa[sizeof(host.isa)];
	int error = fdt_begin_node(tree, "cpus");

	guest_isa(isa);
	error |= fdt_property_u32(tree, "#address-cells", 1);
	error |= fdt_property_u32(tree, "#size-cells", 0);
	error |= fdt_property_u32(tree, "timebase-frequency", host.time_frequency);
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		error |= add_cpu(tree, i, isa);
	return error | fdt_end_node(tree);
}

static int add_plic(void *tree, const struct vm *vm)
{
	/*
	 * A hart's two contexts, in order: M-mode's, which is connected to nothing, and S-mode's.
	 */
	fdt32_t contexts[MAX_VCPUS][4];
	int error = fdt_begin_node(tree, "plic@c000000");

	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		contexts[i][0] = contexts[i][2] = cpu_to_fdt32(CPU_IRQCHIP(i));
		contexts[i][1] = cpu_to_fdt32(~0u);
		contexts[i][3] = cpu_to_fdt32(IRQ_SEI);
	}
	error |= fdt_property(tree, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30);
	error |= tree_reg(tree, BOARD_PLIC, BOARD_PLIC_SIZE);
	error |= fdt_property(tree, "interrupts-extended", contexts,
			      vm->nr_vcpus * sizeof(contexts[0]));
	error |= fdt_property_u32(tree, "riscv,ndev", BOARD_PLIC_SOURCES);
	error |= fdt_property(tree, "interrupt-controller", NULL, 0);
	error |= fdt_property_u32(tree, "#address-cells", 0);
	error |= fdt_property_u32(tree, "#interrupt-cells", 1);
	error |= fdt_property_u32(tree, "phandle", TREE_IRQCHIP);
	return error | fdt_end_node(tree);
}

static int add_uart(void *tree)
{
	int error = fdt_begin_node(tree, "serial@10000000");

	error |= fdt_property_string(tree, "compatible", "ns16550a");
	error |= tree_reg(tree, BOARD_UART0, 0x100);
	error |= fdt_property_u32(tree, "clock-frequency", 3686400);
	error |= fdt_property_u32(tree, "interrupts", BOARD_UART0_IRQ);
	return error | fdt_end_node(tree);
}

int arch_tree_devices(void *tree, const struct vm *vm)
{
	return add_plic(tree, vm) | add_uart(tree);
}
