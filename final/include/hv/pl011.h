/* SPDX-License-Identifier: MIT */
#ifndef HV_PL011_H
#define HV_PL011_H

#include <hv/device.h>

/* A PL011; the VM's console. False where it can't be made. */
bool pl011_create(struct vm *vm, gpa_t base, u32 line);

#endif
