/* SPDX-License-Identifier: MIT */
/* The machine below, as its firmware describes it (the device tree; on x86 the multiboot map). */
#ifndef HV_HOST_H
#define HV_HOST_H

#include <hv/types.h>

struct region {
	u64 base, size;
};

/* A guest's RAM begins at a multiple of this, on the boards that flat images are made for. */
#define GUEST_RAM_ALIGN (256 * MiB)

struct host {
	const void *tree; /* the flattened device tree */
	struct region ram[8];
	u32 nr_ram;
	struct region reserved[16]; /* in RAM, and not ours: firmware, tree, images */
	u32 nr_reserved;

	struct region console;
	u32 console_irq;
	struct region irqchip[4]; /* as many parts as it has, in the tree's order; size 0: none */
	u32 irqchip_irq; /* by which the controller itself interrupts, where one does */
	struct region power; /* the device that ends the emulator */
	u64 time_frequency;
	char isa[512]; /* what the first CPU says of itself */
	char mmu[32];

	/* What the boot loader put into RAM for a guest; size 0: nothing. */
	struct region kernel, initrd;
	const char *bootargs; /* the guest's command line */
};

extern struct host host;

/*
 * Fills host from what the firmware passed. Returns NULL, or one line that says what is damaged or
 * missing. The console works from here on.
 */
const char *host_probe(u64 boot_data);

/*
 * How many bytes from base on the hypervisor may take for itself: up to the end of RAM, to
 * something reserved, to where a guest's RAM may begin, or 256 MiB, which are plenty.
 */
u64 host_free_ram_behind(hpa_t base);
void host_reserve(u64 base, u64 size);

/* True if [base, base + size) lies in RAM and touches nothing that is reserved. */
bool host_is_free_ram(hpa_t base, u64 size);

/* The index-th entry of a node's reg property; false where there is none. */
bool host_reg(int node, int index, struct region *region);

#endif
