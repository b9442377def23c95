// SPDX-License-Identifier: MIT
/* What this ISA looks for in the host's device tree, beside memory and console. */
#include <arch/board.h>
#include <arch/mmu.h>
#include <hv/arch.h>
#include <hv/host.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <libfdt.h>

static bool find_gic(void)
{
	int node = fdt_node_offset_by_compatible(host.tree, -1, "arm,cortex-a15-gic");
	const fdt32_t *irq;

	if (node < 0)
		node = fdt_node_offset_by_compatible(host.tree, -1, "arm,gic-400");
	for (u32 i = 0; i < ARRAY_SIZE(host.irqchip); i++)
		if (node < 0 || !host_reg(node, i, &host.irqchip[i]))
			return false;
	irq = fdt_getprop(host.tree, node, "interrupts", NULL);
	host.irqchip_irq = irq ? arch_host_irq(irq) : 0;
	return irq;
}

static void copy_string(int node, const char *name, char *buf, size_t size)
{
	const char *value = fdt_getprop(host.tree, node, name, NULL);

	snprintf(buf, size, "%s", value ? value : "");
}

/* The GIC's specifiers have three cells: shared or private, number, flags (Linux, arm,gic.yaml). */
u32 arch_host_irq(const u32 *specifier)
{
	enum { SHARED, PRIVATE };

	return fdt32_to_cpu(specifier[1]) + (fdt32_to_cpu(specifier[0]) == SHARED ? 32 : 16);
}

const char *arch_host_probe(void)
{
	int psci = fdt_node_offset_by_compatible(host.tree, -1, "arm,psci-0.2");
	int cpu = fdt_node_offset_by_prop_value(host.tree, -1, "device_type", "cpu", 4);
	const char *method = fdt_getprop(host.tree, psci, "method", NULL);

	for (u32 i = 0; i < host.nr_ram; i++)
		mmu_map_ram(host.ram[i].base, host.ram[i].size);
	if (!find_gic())
		return "the device tree has no GICv2 with list registers (arm,cortex-a15-gic)";
	if (!method || (strcmp(method, "smc") && strcmp(method, "hvc")))
		return "the device tree has no PSCI to end the run with (arm,psci-0.2)";
	if (cpu < 0)
		return "the device tree tells of no CPU";
	host.time_frequency = arch_time_frequency();
	copy_string(cpu, "compatible", host.isa, sizeof(host.isa));
	return NULL;
}
