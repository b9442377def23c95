// SPDX-License-Identifier: MIT
/*
 * A PC's boot loader tells of the machine in the multiboot information. Here that becomes a device
 * tree, so that core/host.c reads the host in the same way on every ISA; and the guest's images,
 * which are wherever the loader liked, go to where a guest's RAM will be.
 */
#include <arch/board.h>
#include <arch/linux.h>
#include <arch/multiboot.h>
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/host.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <libfdt.h>

#define ROOM (16 * KiB)

static int add_reg(void *tree, u64 base, u64 size)
{
	fdt64_t reg[2] = { cpu_to_fdt64(base), cpu_to_fdt64(size) };

	return fdt_property(tree, "reg", reg, sizeof(reg));
}

static int begin_device(void *tree, const char *name, const char *compatible, u64 base, u64 size)
{
	int error = fdt_begin_node(tree, name);

	error |= fdt_property_string(tree, "compatible", compatible);
	return error | add_reg(tree, base, size);
}

/* One node for each area that is RAM; below 1 MiB is the firmware's, and not worth taking. */
static int add_memory(void *tree, const struct multiboot *info)
{
	const u8 *at = phys_to_virt(info->mmap), *end = at + info->mmap_length;
	int error = 0;

	if (!(info->flags & MULTIBOOT_HAS_MMAP))
		return 0;
	while (end - at >= (s64)sizeof(struct multiboot_area)) {
		const struct multiboot_area *area = (const void *)at;
		char name[32];

		if (area->type == MULTIBOOT_RAM && area->base >= MiB) {
			snprintf(name, sizeof(name), "memory@%lx", area->base);
			error |= fdt_begin_node(tree, name);
			error |= fdt_property_string(tree, "device_type", "memory");
			error |= add_reg(tree, area->base, area->length);
			error |= fdt_end_node(tree);
		}
		at += area->size + sizeof(area->size);
	}
	return error;
}

/* Behind the first word of a module's string: what is for the guest. */
static const char *arguments(const char *string)
{
	while (*string && *string != ' ')
		string++;
	return *string ? string + 1 : string;
}

static bool is_called(const char *string, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(string, name, length) && (!string[length] || string[length] == ' ');
}

/* A node that core/host.c looks for below /chosen: the first word of a string says which. */
static int add_module(void *tree, const struct multiboot_module *module)
{
	const char *string = phys_to_virt(module->string);
	bool initrd = is_called(string, "initrd");
	char name[32];
	int error;

	if (module->end < module->start ||
	    (!initrd && !is_called(string, "linux") && !is_called(string, "image")))
		return 0;
	snprintf(name, sizeof(name), "module@%x", module->start);
	error = begin_device(tree, name, initrd ? "multiboot,ramdisk" : "multiboot,kernel",
			     module->start, module->end - module->start);
	if (!initrd)
		error |= fdt_property_string(tree, "bootargs", arguments(string));
	return error | fdt_end_node(tree);
}

static int add_chosen(void *tree, const struct multiboot *info)
{
	const struct multiboot_module *modules = phys_to_virt(info->modules);
	const char *line = info->flags & MULTIBOOT_HAS_CMDLINE ? phys_to_virt(info->cmdline) : "";
	u32 count = info->flags & MULTIBOOT_HAS_MODULES ? info->nr_modules : 0;
	int error = fdt_begin_node(tree, "chosen");

	error |= fdt_property_string(tree, "bootargs", line);
	error |= fdt_property_string(tree, "stdout-path", "/serial");
	for (u32 i = 0; i < count; i++)
		error |= add_module(tree, &modules[i]);
	return error | fdt_end_node(tree);
}

/* What every PC has, and nothing tells of but ACPI; bindings: Linux, bindings/x86/ce4100.txt. */
static int add_devices(void *tree)
{
	int error = begin_device(tree, "serial", "ns16550a", BOARD_COM1, 8);

	error |= fdt_property_u32(tree, "interrupts", BOARD_COM1_IRQ);
	error |= fdt_end_node(tree);
	error |= begin_device(tree, "ioapic", "intel,ce4100-ioapic", BOARD_IOAPIC, 4 * KiB);
	error |= fdt_end_node(tree);
	error |= begin_device(tree, "lapic", "intel,ce4100-lapic", BOARD_LAPIC, 4 * KiB);
	return error | fdt_end_node(tree);
}

u64 board_tree(u64 boot_data)
{
	static u8 tree[ROOM] __attribute__((aligned(8)));
	const struct multiboot *info = phys_to_virt(boot_data);
	int error = fdt_create(tree, sizeof(tree));

	error |= fdt_finish_reservemap(tree);
	error |= fdt_begin_node(tree, "");
	error |= fdt_property_u32(tree, "#address-cells", 2);
	error |= fdt_property_u32(tree, "#size-cells", 2);
	error |= add_chosen(tree, info);
	error |= add_memory(tree, info);
	error |= add_devices(tree);
	error |= fdt_end_node(tree);
	error |= fdt_finish(tree);
	return error < 0 ? 0 : virt_to_phys(tree);
}

u32 arch_host_irq(const u32 *specifier)
{
	return fdt32_to_cpu(*specifier); /* the IO-APIC's input */
}

static bool overlaps(const struct region *a, const struct region *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static void move(struct region *image, const struct region *to)
{
	if (image->size)
		memmove(phys_to_virt(to->base), phys_to_virt(image->base), image->size);
	image->base = to->base;
}

/*
 * Moves the images to where the guest's RAM will be: the kernel to its place there, the initrd
 * behind it. Where that is not RAM they stay, and image.c says why there is no guest. One may lie
 * where the other goes: then the other waits.
 */
static void place_images(void)
{
	u64 offset, needed;
	struct region kernel = host.kernel, initrd = host.initrd;

	if (!arch_linux_image(phys_to_virt(kernel.base), kernel.size, &offset, &needed)) {
		offset = cmdline_get_u64("base", 0) % GUEST_RAM_ALIGN;
		needed = kernel.size;
	}
	kernel.base = BOARD_GUEST_RAM + offset;
	initrd.base = ALIGN_UP(kernel.base + needed, 2 * MiB);
	if (offset > GiB || needed > GiB || !host_is_free_ram(kernel.base, kernel.size) ||
	    (initrd.size && !host_is_free_ram(initrd.base, initrd.size)) ||
	    (overlaps(&host.initrd, &kernel) && overlaps(&host.kernel, &initrd)))
		return;
	if (overlaps(&host.initrd, &kernel)) {
		move(&host.initrd, &initrd);
		move(&host.kernel, &kernel);
	} else {
		move(&host.kernel, &kernel);
		move(&host.initrd, &initrd);
	}
}

const char *arch_host_probe(void)
{
	host.irqchip[0] = (struct region){ BOARD_IOAPIC, 4 * KiB };
	host.irqchip[1] = (struct region){ BOARD_LAPIC, 4 * KiB };
	if (host.kernel.size) {
		cmdline_init(virt_to_phys(host.tree));
		place_images();
	}
	return NULL;
}
