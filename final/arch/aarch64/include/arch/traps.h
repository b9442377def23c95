/* SPDX-License-Identifier: MIT */
#ifndef ARCH_TRAPS_H
#define ARCH_TRAPS_H

#include <hv/types.h>

/* What traps.S saves when the hypervisor itself traps. gpr[n] is register xn. */
struct trap_frame {
	u64 gpr[31];
	u64 sp;
};

const char *trap_cause_name(u64 esr);
/* gpr[0] to gpr[30], four a line. */
void trap_print_gprs(const u64 *gpr);

extern const char trap_vectors[];
void trap_handle(struct trap_frame *frame);
_Noreturn void trap_unexpected(struct trap_frame *frame);

#endif
