/* SPDX-License-Identifier: MIT */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/types.h>

struct vm;

/*
 * Runs the VMs on the calling CPU until all have ended: each in turn for a time slice, the only one
 * without. A vCPU that waits for an interrupt is passed over, and when all wait, so does the CPU.
 */
void sched_run(struct vm *const *vms, u32 nr_vms);

#endif
