// SPDX-License-Identifier: MIT
/* What this ISA looks for in the host's device tree, beside memory and console. */
#include <hv/arch.h>
#include <hv/host.h>
#include <hv/printf.h>
#include <libfdt.h>

static int find_compatible(const char *compatible, struct region *region)
{
	int node = fdt_node_offset_by_compatible(host.tree, -1, compatible);

	return node >= 0 && host_reg(node, 0, region) ? node : -1;
}

static void copy_string(int node, const char *name, char *buf, size_t size)
{
	const char *value = fdt_getprop(host.tree, node, name, NULL);

	snprintf(buf, size, "%s", value ? value : "");
}

u32 arch_host_irq(const u32 *specifier)
{
	return fdt32_to_cpu(*specifier); /* the PLIC's has one cell: the source */
}

const char *arch_host_probe(void)
{
	int cpus = fdt_path_offset(host.tree, "/cpus");
	const fdt32_t *frequency = fdt_getprop(host.tree, cpus, "timebase-frequency", NULL);
	int cpu = fdt_node_offset_by_prop_value(host.tree, -1, "device_type", "cpu", 4);

	if (find_compatible("riscv,plic0", &host.irqchip[0]) < 0)
		return "the device tree has no PLIC (riscv,plic0)";
	if (find_compatible("sifive,test0", &host.power) < 0)
		return "the device tree has no sifive,test0 to end the run with";
	if (!frequency || cpu < 0)
		return "the device tree tells no timebase-frequency or CPU";
	host.time_frequency = fdt32_to_cpu(*frequency);
	copy_string(cpu, "riscv,isa", host.isa, sizeof(host.isa));
	copy_string(cpu, "mmu-type", host.mmu, sizeof(host.mmu));
	return NULL;
}
