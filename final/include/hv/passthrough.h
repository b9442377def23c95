/* SPDX-License-Identifier: MIT */
/* One device of the host's, named by its node in the host's tree, given to a guest as it is. */
#ifndef HV_PASSTHROUGH_H
#define HV_PASSTHROUGH_H

#include <hv/types.h>

struct vm;

/*
 * Gives the first VM that asks the device that pass=… on the command line names: maps its registers
 * and routes its interrupts. Returns NULL, also where there is no pass=, or one line that says why
 * this device can't be given: it does not exist, the hypervisor uses it, or it reaches memory by
 * DMA, which without an IOMMU is all of the host's.
 */
const char *passthrough_create(struct vm *vm);

/* Copies the node to the guest's tree. 0, or libfdt's error. */
int passthrough_describe(struct vm *vm, void *tree);

#endif
