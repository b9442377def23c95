/* SPDX-License-Identifier: MIT */
#ifndef HV_PMTIMER_H
#define HV_PMTIMER_H

#include <hv/device.h>

/* ACPI's power-management timer, four bytes at base. False where it can't be made. */
bool pmtimer_create(struct vm *vm, gpa_t base);

#endif
