/* SPDX-License-Identifier: MIT */
#ifndef HV_HPET_H
#define HV_HPET_H

#include <hv/device.h>

/* A high precision event timer, 1 KiB at base. False where it can't be made. */
bool hpet_create(struct vm *vm, gpa_t base);

#endif
