/* SPDX-License-Identifier: MIT */
#ifndef ARCH_TRAPS_H
#define ARCH_TRAPS_H

#include <hv/types.h>

/* By the numbers that instructions have for them. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/* What traps.S and the CPU save when the hypervisor itself traps. gpr[RSP] is not used. */
struct trap_frame {
	u64 gpr[16];
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss; /* by the CPU (SDM 6.14.2) */
};

#define NR_VECTORS 35 /* exceptions, and three for our interrupts (lapic.h) */

/* The IDT, and a gate in it (SDM 6.14.1). */
extern struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, reserved;
} idt[NR_VECTORS];

const char *trap_cause_name(u64 vector);
/* gpr[RAX] to gpr[R15], four a line. */
void trap_print_gprs(const u64 *gpr);

extern const u64 trap_vectors[NR_VECTORS]; /* traps.S: the entry of each */
void trap_handle(struct trap_frame *frame);

#endif
