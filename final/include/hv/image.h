/* SPDX-License-Identifier: MIT */
#ifndef HV_IMAGE_H
#define HV_IMAGE_H

#include <hv/types.h>

struct vm;

/*
 * Makes a VM from the images that the boot loader left in the host's RAM: host.kernel (Linux by its
 * Image header, or any flat image) and host.initrd. They lie where the guest's RAM will be (on
 * x86_64 board.c has moved them there), so that nothing is copied: the guest's RAM is the host's
 * around them. ram_size bytes of it, in units of 2 MiB. A flat image is entered at its first byte,
 * guest-physical base. NULL, having said why in one line, where that can't be.
 */
struct vm *image_create(const char *name, u64 ram_size, gpa_t base);

#endif
