/* SPDX-License-Identifier: MIT */
/*
 * What a guest's kernel is told of its machine: its device tree, written with libfdt (core/tree.c);
 * on x86_64 boot_params and ACPI's tables, or the multiboot information (arch/x86_64/tree.c).
 */
#ifndef HV_TREE_H
#define HV_TREE_H

#include <hv/types.h>

struct vm;

#define TREE_ROOM (2 * MiB) /* kept free for it at the end of a guest's RAM */

/*
 * Describes the VM (memory, CPUs, devices, bootargs, initrd) and what is passed through to it, and
 * writes that to guest-physical gpa. NULL, or one line that says why it failed.
 */
const char *tree_create(struct vm *vm, gpa_t gpa);

/* For the arch's part: a reg property of one address and size, of two cells each. */
int tree_reg(void *tree, u64 base, u64 size);

#endif
