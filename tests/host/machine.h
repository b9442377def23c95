/* SPDX-License-Identifier: MIT */
/* A VM for device models to live in: what they ask of the rest is answered by the test. */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include "host.h"
#include <hv/arch.h>
#include <hv/device.h>
#include <hv/frame.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

static struct vm vm;

static struct device *setup_vm(void)
{
	enum { SIZE = 16 * MiB };
	hpa_t ram = (hpa_t)host_ram(SIZE, 4 * MiB);

	frame_init(ram, ram + SIZE);
	pcpu_init(0, 0);
	memset(&vm, 0, sizeof(vm));
	return NULL;
}

/* Accesses as the exit handler makes them. */
static inline u64 get(struct device *device, u64 offset, u32 width)
{
	u64 value = 0xdeadbeefdeadbeef;

	CHECK_SAYING(device->ops->read(device, offset, width, &value), "offset %#lx, %u bytes",
		     (unsigned long)offset, width);
	return value;
}

static inline void set(struct device *device, u64 offset, u32 width, u64 value)
{
	CHECK_SAYING(device->ops->write(device, offset, width, value), "offset %#lx, %u bytes",
		     (unsigned long)offset, width);
}

static inline bool refuses(struct device *device, u64 offset, u32 width)
{
	u64 value;

	return !device->ops->read(device, offset, width, &value) &&
	       !device->ops->write(device, offset, width, 0);
}

#endif
