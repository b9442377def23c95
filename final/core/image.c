// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/host.h>
#include <hv/image.h>
#include <hv/passthrough.h>
#include <hv/printf.h>
#include <hv/tree.h>
#include <hv/vm.h>

struct placement {
	gpa_t entry;
	gpa_t ram_base;
	hpa_t ram; /* the host's RAM that becomes the guest's */
};

static const char *place(struct placement *p, u64 ram_size, gpa_t base)
{
	const void *kernel = phys_to_virt(host.kernel.base);
	u64 offset, needed;

	if (!host.kernel.size)
		return "the boot loader brought no image";
	if (arch_linux_image(kernel, host.kernel.size, &offset, &needed)) {
		p->ram_base = arch_guest_ram();
		p->entry = p->ram_base + offset;
	} else {
		p->ram_base = ALIGN_DOWN(base, GUEST_RAM_ALIGN);
		p->entry = base;
		needed = host.kernel.size;
	}
	offset = p->entry - p->ram_base;
	p->ram = host.kernel.base - offset;
	/* A header may lie, so no sum of its numbers is trusted. */
	if (ram_size < TREE_ROOM || offset > ram_size - TREE_ROOM ||
	    needed > ram_size - TREE_ROOM - offset)
		return "the image does not fit into the guest's RAM";
	if (!IS_ALIGNED(p->ram, 2 * MiB) || !IS_ALIGNED(ram_size, 2 * MiB))
		return "the image does not lie where a guest's RAM can be mapped around it";
	if (!host_is_free_ram(p->ram, ram_size))
		return "there is not so much free RAM around the image";
	if (host.initrd.size &&
	    (host.initrd.base < host.kernel.base + needed ||
	     host.initrd.base + host.initrd.size > p->ram + ram_size - TREE_ROOM))
		return "the initrd lies outside of the guest's RAM, or in the kernel";
	return NULL;
}

struct vm *image_create(const char *name, u64 ram_size, gpa_t base)
{
	struct placement p = { 0 };
	const char *why = place(&p, ram_size, base);
	struct vm *vm = why ? NULL : vm_create(name);
	gpa_t tree;

	if (!vm) {
		printf("ladder: vm %s: %s\n", name, why ? why : "no memory");
		return NULL;
	}
	vm->ram_base = p.ram_base;
	vm->ram_size = ram_size;
	/* At the end of RAM, which no kernel has touched when it reads its tree. */
	tree = p.ram_base + ram_size - TREE_ROOM;
	if (host.initrd.size)
		vm->initrd = (struct region){ p.ram_base + (host.initrd.base - p.ram),
					      host.initrd.size };
	vm->bootargs = host.bootargs;

	/* Its memory first: how a vCPU is entered may depend on what lies there. */
	if (!vm_map_linear(vm, p.ram_base, p.ram, ram_size, NPT_READ | NPT_WRITE | NPT_EXEC))
		why = "no memory for its second-stage table";
	for (u64 i = 0, n = cmdline_get_u64("smp", 1); !why && i < n && i < MAX_VCPUS; i++)
		if (!vm_init_vcpu(vm, p.entry, tree))
			why = "no memory for its vCPUs";
	if (!why && !arch_machine_create(vm))
		why = "no memory for its devices";
	else if (!why)
		why = passthrough_create(vm);
	if (!why)
		why = tree_create(vm, tree);
	if (why) {
		printf("ladder: vm %s: %s\n", name, why);
		vm_destroy(vm);
		return NULL;
	}
	console_attach(vm);
	printf("ladder: vm %s: %lu MiB at %lx, image at %lx, described at %lx\n", name,
	       ram_size / MiB, p.ram_base, p.entry, tree);
	return vm;
}
