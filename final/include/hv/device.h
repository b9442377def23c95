/* SPDX-License-Identifier: MIT */
/* A device of a guest's machine: a range of addresses without memory behind it. */
#ifndef HV_DEVICE_H
#define HV_DEVICE_H

#include <hv/types.h>

struct vm;
struct device;

struct device_ops {
	const char *name;
	/*
	 * A register access that was trapped. offset is below the device's size, width is 1, 2, 4
	 * or 8 bytes, value is zero-extended. False: the device has no such register, or not of
	 * this width.
	 */
	bool (*read)(struct device *device, u64 offset, u32 width, u64 *value);
	bool (*write)(struct device *device, u64 offset, u32 width, u64 value);
	/*
	 * May be NULL. Asked before: can the access (NPT_READ, …) go without us from now on? If it
	 * maps memory there it returns true, and the guest repeats the access.
	 */
	bool (*fault)(struct device *device, u64 offset, u32 access);
	/* May be NULL. Frees what the device has allocated beside its state. */
	void (*destroy)(struct device *device);
	/* May be NULL. Input for the VM has come. */
	void (*input)(struct device *device);
};

/* The first member of each device's own state, which is kept in frames. */
struct device {
	const struct device_ops *ops;
	struct vm *vm;
	gpa_t base;
	u64 size;
	u32 line; /* of the VM's interrupt controller */
};

/*
 * A device of state_size bytes (at most 4 KiB, cleared), added to the VM and freed with it. NULL
 * where no frame or slot is left, or its range overlaps another device's.
 */
void *device_create(struct vm *vm, const struct device_ops *ops, u64 state_size, gpa_t base,
		    u64 size, u32 line);

void device_destroy(struct device *device);

/* The device at gpa, or NULL. */
struct device *device_find(struct vm *vm, gpa_t gpa);

#endif
