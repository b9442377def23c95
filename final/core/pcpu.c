// SPDX-License-Identifier: MIT
#include <hv/end.h>
#include <hv/pcpu.h>

static struct pcpu pcpus[MAX_PCPUS];

struct pcpu *pcpu_init(u32 id, u64 hw_id)
{
	assert(id < MAX_PCPUS);
	struct pcpu *pcpu = &pcpus[id];

	pcpu->id = id;
	pcpu->hw_id = hw_id;
	arch_set_this_pcpu(pcpu);
	return pcpu;
}
