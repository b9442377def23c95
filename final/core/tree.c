// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/host.h>
#include <hv/passthrough.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/tree.h>
#include <hv/vm.h>
#include <libfdt.h>

#define TREE_SIZE (64 * KiB)

int tree_reg(void *tree, u64 base, u64 size)
{
	fdt64_t reg[2] = { cpu_to_fdt64(base), cpu_to_fdt64(size) };

	return fdt_property(tree, "reg", reg, sizeof(reg));
}

/*
 * Without a seed a kernel gathers entropy by running in circles, a tenth of its boot. The guest's
 * is drawn from the one that the host's firmware gave us, a different one for each VM: the
 * finalizer of SplitMix64 over seed and VM. That hides the host's seed from a curious guest, not
 * from a cryptanalyst.
 */
static int add_rng_seed(void *tree, const struct vm *vm)
{
	int length, chosen = fdt_path_offset(host.tree, "/chosen");
	const fdt64_t *seed = fdt_getprop(host.tree, chosen, "rng-seed", &length);
	u64 words[4], state = vm->id;

	if (!seed || length < (int)sizeof(words))
		return 0;
	for (u32 i = 0; i < 2 * ARRAY_SIZE(words); i++) {
		state = (state + fdt64_ld(&seed[i % ARRAY_SIZE(words)])) * 0x9e3779b97f4a7c15;
		state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9;
		state = (state ^ state >> 27) * 0x94d049bb133111eb;
		state ^= state >> 31;
		words[i % ARRAY_SIZE(words)] = state;
	}
	return fdt_property(tree, "rng-seed", words, sizeof(words));
}

static int add_chosen(void *tree, const struct vm *vm)
{
	int error = fdt_begin_node(tree, "chosen");

	error |= fdt_property_string(tree, "bootargs", vm->bootargs);
	error |= fdt_property_string(tree, "stdout-path", arch_tree_console());
	error |= add_rng_seed(tree, vm);
	if (vm->initrd.size) {
		error |= fdt_property_u64(tree, "linux,initrd-start", vm->initrd.base);
		error |= fdt_property_u64(tree, "linux,initrd-end",
					  vm->initrd.base + vm->initrd.size);
	}
	return error | fdt_end_node(tree);
}

static int add_memory(void *tree, const struct vm *vm)
{
	char name[32];
	int error;

	snprintf(name, sizeof(name), "memory@%lx", vm->ram_base);
	error = fdt_begin_node(tree, name);
	error |= fdt_property_string(tree, "device_type", "memory");
	error |= tree_reg(tree, vm->ram_base, vm->ram_size);
	return error | fdt_end_node(tree);
}

/*
 * libfdt's errors are negative numbers, so the sum of them by "or" is negative if one of them is.
 */
static int write_tree(void *tree, struct vm *vm)
{
	int error = fdt_create(tree, TREE_SIZE);

	error |= fdt_finish_reservemap(tree);
	error |= fdt_begin_node(tree, "");
	error |= fdt_property_u32(tree, "#address-cells", 2);
	error |= fdt_property_u32(tree, "#size-cells", 2);
	error |= fdt_property_string(tree, "compatible", "ladder,virt");
	error |= fdt_property_string(tree, "model", "Ladder virtual machine");
	error |= add_chosen(tree, vm);
	error |= add_memory(tree, vm);
	error |= arch_tree_cpus(tree, vm);

	error |= fdt_begin_node(tree, "soc");
	error |= fdt_property_u32(tree, "#address-cells", 2);
	error |= fdt_property_u32(tree, "#size-cells", 2);
	error |= fdt_property_string(tree, "compatible", "simple-bus");
	error |= fdt_property(tree, "ranges", NULL, 0);
	error |= fdt_property_u32(tree, "interrupt-parent", TREE_IRQCHIP);
	error |= arch_tree_devices(tree, vm);
	error |= passthrough_describe(vm, tree);
	error |= fdt_end_node(tree);

	error |= fdt_end_node(tree);
	return error | fdt_finish(tree);
}

const char *tree_create(struct vm *vm, gpa_t gpa)
{
	u64 frames = TREE_SIZE / FRAME_SIZE_BYTES;
	hpa_t memory = frame_alloc_contig(frames, FRAME_SIZE_BYTES);
	void *tree = phys_to_virt(memory);
	const char *why = NULL;

	if (!memory)
		return "no memory for its device tree";
	if (write_tree(tree, vm) < 0)
		why = "its device tree could not be made";
	else if (!vm_write_guest(vm, gpa, tree, fdt_totalsize(tree)))
		why = "its device tree does not fit into its memory";
	frame_free_contig(memory, frames);
	return why;
}
