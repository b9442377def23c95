/* SPDX-License-Identifier: MIT */
#ifndef HV_VCPU_H
#define HV_VCPU_H

#include <arch/vcpu.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/pcpu.h>
#include <hv/types.h>

struct vm;

/*
 * One virtual CPU. Its state has two halves. What every entry and exit exchanges (general
 * registers, pc, mode) lies in memory while the hypervisor runs. The guest kernel's own system
 * registers stay in the physical CPU from vcpu_load() until another vCPU is loaded there: the
 * hypervisor does not use them, so there is no need to move them at each exit.
 */
struct vcpu {
	struct arch_vcpu arch; /* first: assembly addresses it by the vCPU's own address */
	struct vm *vm;
	u32 id; /* within its VM, from 0 */
};

/* NULL where no frame is left. The registers are as arch_vcpu_reset() leaves them. */
struct vcpu *vcpu_create(struct vm *vm, u32 id);
void vcpu_destroy(struct vcpu *vcpu);

/*
 * Puts the vCPU's system registers into the calling CPU, after saving those of the one that was
 * there. vcpu_put() saves and forgets the one that is loaded; it does nothing where none is.
 */
void vcpu_load(struct vcpu *vcpu);
void vcpu_put(void);

/*
 * Runs the vCPU on the calling CPU from one entry to the next exit and says in *exit why it
 * stopped. Returns 0, or -1 where the CPU refused the entry; then *exit is not filled.
 */
static inline int vcpu_run(struct vcpu *vcpu, struct vm_exit *exit)
{
	if (this_pcpu()->loaded != vcpu)
		vcpu_load(vcpu);
	if (arch_vcpu_enter(vcpu))
		return -1;
	arch_exit_decode(vcpu, exit);
	return 0;
}

/* A general register by the ISA's own number; reg is taken modulo their count. */
u64 vcpu_get_gpr(const struct vcpu *vcpu, u32 reg);
void vcpu_set_gpr(struct vcpu *vcpu, u32 reg, u64 value);

/* Prints every register of the vCPU. */
void vcpu_dump(struct vcpu *vcpu);

#endif
