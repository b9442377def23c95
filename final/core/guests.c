// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/guests.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/vm.h>

extern const struct guest_image guest_images[], guest_images_end[];

const struct guest_image *guest_find(const char *name)
{
	for (const struct guest_image *image = guest_images; image < guest_images_end; image++)
		if (!strcmp(image->name, name))
			return image;

	printf("ladder: there is no guest %s here; there are:", name);
	for (const struct guest_image *image = guest_images; image < guest_images_end; image++)
		printf(" %s", image->name);
	printf("\n");
	return NULL;
}

#define UNATTENDED 0x4c414444 /* "LADD" */

#define RAM_SIZE (16 * MiB)

/* Half of the RAM is there from the start, in large pages; the rest comes with the first touch. */
static bool give_ram(struct vm *vm, gpa_t base)
{
	vm->ram_base = ALIGN_DOWN(base, GUEST_RAM_ALIGN);
	vm->ram_size = RAM_SIZE;
	return vm_map_alloc(vm, vm->ram_base, RAM_SIZE / 2, NPT_RAM);
}

struct vm *guest_create(const struct guest_image *image)
{
	struct vm *vm = vm_create(image->name);

	if (!vm)
		return NULL;
	if (!give_ram(vm, image->base) ||
	    !vm_write_guest(vm, image->base, image->start, image->end - image->start) ||
	    !vm_init_vcpu(vm, image->base, 0) || !arch_machine_create(vm)) {
		vm_destroy(vm);
		return NULL;
	}
	/*
	 * A guest with a shell asks for this: nobody is there to type, so run your own list of
	 * commands.
	 */
	if (!cmdline_get_u64("tty", 0))
		arch_vcpu_set_arg(vm->vcpus[0], 2, UNATTENDED);
	console_attach(vm);
	return vm;
}
