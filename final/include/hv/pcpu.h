/* SPDX-License-Identifier: MIT */
#ifndef HV_PCPU_H
#define HV_PCPU_H

#include <arch/pcpu.h>
#include <hv/types.h>

#define MAX_PCPUS 8

/* One physical CPU. Only that CPU itself writes here, so no lock is needed. */
struct pcpu {
	u32 id;              /* 0 is the boot CPU */
	u64 hw_id;           /* hart id, MPIDR_EL1 affinity, APIC id */
	u64 slice_end;       /* when the running vCPU's time is up; ~0: never */
	bool slice_over;
	u64 timer_deadline;  /* for which our own timer is set */
	struct vcpu *loaded; /* whose guest registers this CPU holds, or NULL (vcpu.h) */
};

/* Makes the calling CPU the id-th (below MAX_PCPUS); this_pcpu() works from here on. */
struct pcpu *pcpu_init(u32 id, u64 hw_id);

static inline struct pcpu *this_pcpu(void)
{
	return arch_this_pcpu();
}

#endif
