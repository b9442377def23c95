/* SPDX-License-Identifier: MIT */
/* What a boot loader passes, and we to a guest (Multiboot Specification 0.6.96, 3.3). */
#ifndef ARCH_MULTIBOOT_H
#define ARCH_MULTIBOOT_H

#include <hv/types.h>

struct multiboot {
	u32 flags; /* which of the rest is there */
	u32 mem_lower, mem_upper; /* KiB from 0, and from 1 MiB */
	u32 boot_device;
	u32 cmdline;
	u32 nr_modules, modules;
	u32 symbols[4];
	u32 mmap_length, mmap;
};

#define MULTIBOOT_HAS_MEMORY  BIT(0)
#define MULTIBOOT_HAS_CMDLINE BIT(2)
#define MULTIBOOT_HAS_MODULES BIT(3)
#define MULTIBOOT_HAS_MMAP    BIT(6)

struct multiboot_module {
	u32 start, end, string, reserved;
};

struct multiboot_area {
	u32 size; /* of what follows */
	u64 base, length;
	u32 type;
} __attribute__((packed));

#define MULTIBOOT_RAM 1

/* board.c: makes a device tree of that information. Its address, or 0 where it does not fit. */
u64 board_tree(u64 boot_data);

#endif
