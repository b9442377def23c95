// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/end.h>
#include <hv/pcpu.h>
#include <hv/sched.h>
#include <hv/vm.h>

#define SLICES_PER_SECOND 100

static bool runnable(struct vcpu *vcpu)
{
	if (!vcpu->waiting)
		return true;
	/* Its registers are looked at where they lie in memory. */
	if (this_pcpu()->loaded == vcpu)
		vcpu_put();
	if (arch_vcpu_irq_pending(vcpu))
		vcpu->waiting = false;
	return !vcpu->waiting;
}

/*
 * A slice ends even where no other vCPU waits: QEMU 7.2 can lose the interrupt of a guest's
 * vstimecmp, and notices only at the next entry.
 */
static void run_slice(struct vcpu *vcpu)
{
	struct pcpu *pcpu = this_pcpu();

	pcpu->slice_end = arch_time() + arch_time_frequency() / SLICES_PER_SECOND;
	pcpu->slice_over = false;
	vcpu_load(vcpu);
	arch_timer_program(vcpu);
	vm_run(vcpu);
}

/* All wait: sleep until the host's console or the earliest of the guests' timers. */
static void wait(struct vcpu *const *vcpus, u32 nr_vcpus)
{
	u64 earliest = ~0ul;

	for (u32 i = 0; i < nr_vcpus; i++) {
		u64 deadline = arch_vcpu_deadline(vcpus[i]);

		earliest = deadline < earliest ? deadline : earliest;
	}
	arch_wait_until(earliest);
}

/* The vCPUs of all VMs that have not ended. */
static u32 living(struct vm *const *vms, u32 nr_vms, struct vcpu **vcpus)
{
	u32 n = 0;

	for (u32 i = 0; i < nr_vms; i++)
		for (u32 j = 0; j < vms[i]->nr_vcpus && !vms[i]->ended; j++)
			vcpus[n++] = vms[i]->vcpus[j];
	return n;
}

void sched_run(struct vm *const *vms, u32 nr_vms)
{
	struct vcpu *vcpus[MAX_VMS * MAX_VCPUS];
	u32 n;

	assert(nr_vms <= MAX_VMS);
	while ((n = living(vms, nr_vms, vcpus))) {
		bool ran = false;

		for (u32 i = 0; i < n; i++) {
			/* Another vCPU of its VM may have ended it in this very round. */
			if (vcpus[i]->vm->ended || !runnable(vcpus[i]))
				continue;
			run_slice(vcpus[i]);
			ran = true;
		}
		if (!ran)
			wait(vcpus, n);
	}
}
