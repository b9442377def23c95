/* SPDX-License-Identifier: MIT */
/* The guest's I/O APIC: from a device's line, which is a pin there, to vCPUs. */
#ifndef ARCH_IOAPIC_H
#define ARCH_IOAPIC_H

#include <hv/types.h>

struct device;
struct vm;

/* NULL where it can't be made. */
struct device *ioapic_create(struct vm *vm);
/* A pin, 0 to 23, is high or low from now on. */
void ioapic_set_pin(struct device *device, u32 pin, bool level);
/* A vCPU has ended a level-triggered interrupt with this vector. */
void ioapic_eoi(struct device *device, u32 vector);

#endif
