// SPDX-License-Identifier: MIT
#include <hv/device.h>
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/vm.h>

void *device_create(struct vm *vm, const struct device_ops *ops, u64 state_size, gpa_t base,
		    u64 size, u32 line)
{
	struct device *device;
	hpa_t frame;

	assert(state_size >= sizeof(*device) && state_size <= FRAME_SIZE_BYTES);
	if (vm->nr_devices == MAX_DEVICES)
		return NULL;
	for (u32 i = 0; i < vm->nr_devices; i++)
		if (base < vm->devices[i]->base + vm->devices[i]->size &&
		    vm->devices[i]->base < base + size)
			return NULL;
	frame = frame_alloc();
	if (!frame)
		return NULL;
	device = phys_to_virt(frame);
	*device = (struct device){ ops, vm, base, size, line };
	vm->devices[vm->nr_devices++] = device;
	return device;
}

void device_destroy(struct device *device)
{
	if (device->ops->destroy)
		device->ops->destroy(device);
	frame_free(virt_to_phys(device));
}

struct device *device_find(struct vm *vm, gpa_t gpa)
{
	for (u32 i = 0; i < vm->nr_devices; i++)
		if (gpa - vm->devices[i]->base < vm->devices[i]->size)
			return vm->devices[i];
	return NULL;
}
