/* SPDX-License-Identifier: MIT */
#ifndef ARCH_TRAPS_H
#define ARCH_TRAPS_H

#include <hv/types.h>

/* What traps.S saves when the hypervisor itself traps. gpr[n] is register xn; gpr[0] is unused. */
struct trap_frame {
	u64 gpr[32];
	u64 sepc;
	u64 sstatus;
};

const char *trap_cause_name(u64 cause);
/* gpr[0] to gpr[31], four a line. */
void trap_print_gprs(const u64 *gpr);

void trap_vector(void);
void trap_handle(struct trap_frame *frame);

#endif
