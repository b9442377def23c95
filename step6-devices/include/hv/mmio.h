/* SPDX-License-Identifier: MIT */
#ifndef HV_MMIO_H
#define HV_MMIO_H

#include <hv/types.h>

enum mmio_result {
	MMIO_OK,
	MMIO_RETRY,   /* the guest is to execute it again: its mapping has changed meanwhile */
	MMIO_UNKNOWN, /* not a form of load or store that is decoded */
};

/* One load or store of a guest's, taken apart. */
struct mmio {
	bool write;
	bool sign_extend; /* a load that does */
	u32 width;        /* 1, 2, 4 or 8 bytes */
	u32 reg;          /* the general register loaded or stored */
	u32 reg_width;    /* bytes of it that are loaded, where an ISA has several widths */
	u32 base;         /* where the instruction also adds base_step to a register: which one */
	s64 base_step;
	u32 insn_length;  /* bytes */
	u64 value;        /* what is stored, or was read; zero-extended */
};

#endif
