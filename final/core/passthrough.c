// SPDX-License-Identifier: MIT
#include <arch/board.h>
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/host.h>
#include <hv/passthrough.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/vm.h>
#include <libfdt.h>

/* Devices that write to memory at addresses which a guest gives them. */
static const char *const dma[] = { "virtio,mmio", "qemu,fw-cfg-mmio", "pci-host-ecam-generic" };

/* Registers that the hypervisor itself works with. */
static bool is_ours(u64 base)
{
	bool ours = base == host.console.base || (host.power.size && base == host.power.base);

	for (u32 i = 0; i < ARRAY_SIZE(host.irqchip); i++)
		ours |= host.irqchip[i].size && base == host.irqchip[i].base;
	return ours;
}

static const char *refuse(int node)
{
	struct region region;

	for (u32 i = 0; i < ARRAY_SIZE(dma); i++)
		if (!fdt_node_check_compatible(host.tree, node, dma[i]))
			return "it reaches memory by DMA, and there is no IOMMU to hold it back";
	for (int i = 0; host_reg(node, i, &region); i++) {
		if (is_ours(region.base))
			return "the hypervisor itself uses it";
		if (!IS_ALIGNED(region.base | region.size, 4 * KiB))
			return "its registers do not fill whole pages";
		for (u32 j = 0; j < host.nr_ram; j++)
			if (region.base < host.ram[j].base + host.ram[j].size &&
			    host.ram[j].base < region.base + region.size)
				return "it is memory";
	}
	return host_reg(node, 0, &region) ? NULL : "it has no registers (reg)";
}

const char *passthrough_create(struct vm *vm)
{
	static char message[192];
	static bool given;
	struct region region;
	char path[128];
	const char *why;
	const fdt32_t *irqs;
	int length = 0;

	if (given || !cmdline_get("pass", path, sizeof(path), ""))
		return NULL;
	given = true;
	vm->passed = fdt_path_offset(host.tree, path);
	why = vm->passed <= 0 ? "there is no such node" : refuse(vm->passed);
	for (int i = 0; !why && host_reg(vm->passed, i, &region); i++)
		if (!vm_map_linear(vm, region.base, region.base, region.size,
				   NPT_READ | NPT_WRITE | NPT_DEVICE))
			why = "its registers lie where the guest has something else";
	if (why) {
		snprintf(message, sizeof(message), "%s can't be passed through: %s", path, why);
		return message;
	}
	irqs = fdt_getprop(host.tree, vm->passed, "interrupts", &length);
	for (int i = 0; irqs && i < length / (int)sizeof(*irqs); i += TREE_IRQ_CELLS)
		arch_irq_pass_through(vm, arch_host_irq(&irqs[i]));
	printf("ladder: vm %s: has the host's %s\n", vm->name, path);
	return NULL;
}

/* Of the host's clocks a guest has none; for each it is given its own, which is always on. */
static int describe_clocks(void *tree, int length)
{
	fdt32_t clocks[4];
	u32 count = length / sizeof(*clocks);

	for (u32 i = 0; i < ARRAY_SIZE(clocks); i++)
		clocks[i] = cpu_to_fdt32(TREE_CLOCK);
	if (!TREE_CLOCK || count > ARRAY_SIZE(clocks))
		return 0;
	return fdt_property(tree, "clocks", clocks, count * sizeof(*clocks));
}

int passthrough_describe(struct vm *vm, void *tree)
{
	int property, error;

	if (vm->passed <= 0)
		return 0;
	error = fdt_begin_node(tree, fdt_get_name(host.tree, vm->passed, NULL));
	fdt_for_each_property_offset(property, host.tree, vm->passed) {
		const char *name;
		int length;
		const void *value = fdt_getprop_by_offset(host.tree, property, &name, &length);

		/* References to other nodes of the host's mean nothing in the guest's tree. */
		if (!strcmp(name, "clocks"))
			error |= describe_clocks(tree, length);
		else if (strcmp(name, "interrupt-parent") && strcmp(name, "phandle"))
			error |= fdt_property(tree, name, value, length);
	}
	return error | fdt_end_node(tree);
}
