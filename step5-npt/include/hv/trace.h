/* SPDX-License-Identifier: MIT */
/*
 * What the guests' exits were. trace=1 on the command line prints a line for each, in one form on
 * every ISA; trace=2 only keeps the latest, for a debugger to read.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include <hv/exit.h>

#define TRACE_RECORDS 64 /* a power of two */

struct trace_record {
	const struct vcpu *vcpu;
	u64 number; /* of the VM's exits, from 1 */
	u64 pc;
	struct vm_exit exit;
};

extern bool trace_on;

void trace_init(void);
void trace_record(const struct vcpu *vcpu, const struct vm_exit *exit);

#endif
