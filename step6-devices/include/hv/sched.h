/* SPDX-License-Identifier: MIT */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/types.h>

struct vm;

#define MAX_VMS 8

/*
 * Runs the vCPUs of at most MAX_VMS VMs on the calling CPU until all VMs have ended: each in turn
 * for a time slice, one alone without. A vCPU that waits for an interrupt is passed over, and when
 * all wait, so does the CPU.
 */
void sched_run(struct vm *const *vms, u32 nr_vms);

#endif
