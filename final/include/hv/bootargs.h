/* SPDX-License-Identifier: MIT */
#ifndef HV_BOOTARGS_H
#define HV_BOOTARGS_H

#include <hv/types.h>

/*
 * Copies /chosen/bootargs of a flattened device tree (Devicetree Specification 0.4, chapter 5) to
 * buf, cut to size - 1 characters; an empty string where there is no tree or no such property.
 */
void fdt_bootargs(const void *fdt, char *buf, size_t size);

#endif
