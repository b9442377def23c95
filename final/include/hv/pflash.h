/* SPDX-License-Identifier: MIT */
#ifndef HV_PFLASH_H
#define HV_PFLASH_H

#include <hv/device.h>

#define PFLASH_MAGIC 0x646c6670 /* "pfld" */

/*
 * Passthrough: the guest's window shows the host's own flash at hpa, each page mapped when it is
 * first touched, for reading only.
 */
bool pflash_create_passthrough(struct vm *vm, gpa_t base, u64 size, hpa_t hpa);

/*
 * Emulated: memory of our own, which image fills (the rest is erased, 0xff), behind the commands of
 * a parallel NOR flash: CFI command set 0x0001, one 32-bit bus of two 16-bit chips. size is a
 * multiple of 4 KiB.
 */
bool pflash_create_emulated(struct vm *vm, gpa_t base, u64 size, const void *image, u64 image_size);

#endif
