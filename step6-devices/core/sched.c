// SPDX-License-Identifier: MIT
#include <hv/arch.h>
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

static void run_slice(struct vm *vm, bool alone)
{
	struct pcpu *pcpu = this_pcpu();
	struct vcpu *vcpu = vm->vcpus[0];

	pcpu->slice_end = alone ? ~0ul : arch_time() + arch_time_frequency() / SLICES_PER_SECOND;
	pcpu->slice_over = false;
	vcpu_load(vcpu);
	arch_timer_program(vcpu);
	vm_run(vm);
}

/* All wait: sleep until the host's console or the earliest of the guests' timers. */
static void wait(struct vm *const *vms, u32 nr_vms)
{
	u64 earliest = ~0ul;

	for (u32 i = 0; i < nr_vms; i++) {
		u64 deadline = vms[i]->ended ? ~0ul : arch_vcpu_deadline(vms[i]->vcpus[0]);

		earliest = deadline < earliest ? deadline : earliest;
	}
	arch_wait_until(earliest);
}

void sched_run(struct vm *const *vms, u32 nr_vms)
{
	for (;;) {
		u32 living = 0, ran = 0;

		for (u32 i = 0; i < nr_vms; i++)
			living += !vms[i]->ended;
		if (!living)
			return;
		for (u32 i = 0; i < nr_vms; i++) {
			if (vms[i]->ended || !runnable(vms[i]->vcpus[0]))
				continue;
			run_slice(vms[i], living == 1);
			ran++;
		}
		if (!ran)
			wait(vms, nr_vms);
	}
}
