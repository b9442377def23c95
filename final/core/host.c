// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/host.h>
#include <hv/string.h>
#include <libfdt.h>

struct host host;

static u64 read_cells(const fdt32_t *cells, int count)
{
	u64 value = 0;

	while (count-- > 0)
		value = value << 32 | fdt32_to_cpu(*cells++);
	return value;
}

/*
 * How many cells an address or a size below this node has. QEMU's guest-loader gives /chosen none
 * of these properties and writes its nodes as if it had the root's.
 */
static int cells(int node, const char *name)
{
	const fdt32_t *value = fdt_getprop(host.tree, node, name, NULL);

	if (!value)
		value = fdt_getprop(host.tree, 0, name, NULL);
	return value ? (int)fdt32_to_cpu(*value) : 2;
}

/* Addresses of QEMU's boards are the same on every bus, so no ranges property is followed. */
bool host_reg(int node, int index, struct region *region)
{
	int parent = fdt_parent_offset(host.tree, node);
	int address_cells = cells(parent, "#address-cells");
	int size_cells = cells(parent, "#size-cells");
	int length, entry = address_cells + size_cells;
	const fdt32_t *reg = fdt_getprop(host.tree, node, "reg", &length);

	if (!reg || address_cells < 1 || address_cells > 2 || size_cells < 0 || size_cells > 2 ||
	    (index + 1) * entry * (int)sizeof(*reg) > length)
		return false;
	region->base = read_cells(reg + index * entry, address_cells);
	region->size = read_cells(reg + index * entry + address_cells, size_cells);
	return true;
}

void host_reserve(u64 base, u64 size)
{
	if (size && host.nr_reserved < ARRAY_SIZE(host.reserved))
		host.reserved[host.nr_reserved++] = (struct region){ base, size };
}

static void probe_memory(void)
{
	int node, parent = fdt_path_offset(host.tree, "/reserved-memory");
	struct region region;

	fdt_for_each_subnode(node, host.tree, 0) {
		const char *type = fdt_getprop(host.tree, node, "device_type", NULL);

		if (!type || strcmp(type, "memory"))
			continue;
		for (int i = 0; host_reg(node, i, &region) && host.nr_ram < ARRAY_SIZE(host.ram);
		     i++)
			host.ram[host.nr_ram++] = region;
	}
	for (int i = 0; i < fdt_num_mem_rsv(host.tree); i++) {
		fdt_get_mem_rsv(host.tree, i, &region.base, &region.size);
		host_reserve(region.base, region.size);
	}
	if (parent >= 0)
		fdt_for_each_subnode(node, host.tree, parent)
			for (int i = 0; host_reg(node, i, &region); i++)
				host_reserve(region.base, region.size);
	host_reserve((u64)host.tree, fdt_totalsize(host.tree));
}

/*
 * Boot modules, as a loader for hypervisors describes them: nodes below /chosen that are compatible
 * with "multiboot,kernel" or "multiboot,ramdisk" (Xen's docs/misc/arm/device-tree/booting.txt;
 * QEMU's guest-loader makes them).
 */
static void probe_modules(int chosen)
{
	int node;

	fdt_for_each_subnode(node, host.tree, chosen) {
		if (!fdt_node_check_compatible(host.tree, node, "multiboot,kernel")) {
			host_reg(node, 0, &host.kernel);
			host.bootargs = fdt_getprop(host.tree, node, "bootargs", NULL);
		} else if (!fdt_node_check_compatible(host.tree, node, "multiboot,ramdisk")) {
			host_reg(node, 0, &host.initrd);
		}
	}
	if (!host.bootargs)
		host.bootargs = "";
}

/* stdout-path names the console's node, with its settings behind a colon or without. */
static bool probe_console(int chosen)
{
	int length;
	const char *path = fdt_getprop(host.tree, chosen, "stdout-path", &length);
	const char *end;
	const fdt32_t *irq;
	int node;

	if (!path)
		return false;
	end = strchr(path, ':');
	node = fdt_path_offset_namelen(host.tree, path, end ? end - path : length - 1);
	if (node < 0 || !host_reg(node, 0, &host.console))
		return false;
	irq = fdt_getprop(host.tree, node, "interrupts", NULL);
	host.console_irq = irq ? arch_host_irq(irq) : 0;
	return true;
}

const char *host_probe(u64 boot_data)
{
	int chosen;

	host.tree = phys_to_virt(boot_data);
	if (!boot_data || fdt_check_header(host.tree) ||
	    fdt_check_full(host.tree, fdt_totalsize(host.tree)))
		return "the firmware's device tree is damaged or missing";
	chosen = fdt_path_offset(host.tree, "/chosen");
	if (chosen < 0 || !probe_console(chosen))
		return "the device tree names no console (/chosen/stdout-path)";
	arch_console_init();
	probe_memory();
	if (!host.nr_ram)
		return "the device tree tells of no memory";
	probe_modules(chosen);
	return arch_host_probe();
}

u64 host_free_ram_behind(hpa_t base)
{
	u64 size = 0;

	while (size < 256 * MiB && host_is_free_ram(base + size, 2 * MiB) &&
	       !(host.kernel.size &&
		 base + size + 2 * MiB > ALIGN_DOWN(host.kernel.base, GUEST_RAM_ALIGN)))
		size += 2 * MiB;
	return size;
}

static bool overlaps(const struct region *region, u64 base, u64 size)
{
	return base < region->base + region->size && region->base < base + size;
}

bool host_is_free_ram(hpa_t base, u64 size)
{
	bool in_ram = false;

	for (u32 i = 0; i < host.nr_ram; i++)
		in_ram |= base >= host.ram[i].base && size <= host.ram[i].size &&
			  base - host.ram[i].base <= host.ram[i].size - size;
	for (u32 i = 0; i < host.nr_reserved; i++)
		if (overlaps(&host.reserved[i], base, size))
			return false;
	return in_ram;
}
