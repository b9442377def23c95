// SPDX-License-Identifier: MIT
/* The guest's firmware: PSCI 1.1 (DEN0022), by hvc or smc. */
#include <arch/psci.h>
#include <arch/vgic.h>
#include <hv/arch.h>
#include <hv/pcpu.h>
#include <hv/printf.h>
#include <hv/vm.h>

#define VERSION      0x00010001 /* major in the upper half */
#define NO_MIGRATION 2 /* there is no trusted OS that would have to move with a CPU */

enum { AFFINITY_ON, AFFINITY_OFF };

/* A vCPU's number is its lowest affinity field, and the others are 0 (arch_vcpu_reset()). */
static struct vcpu *find(struct vm *vm, u64 affinity)
{
	return affinity < vm->nr_vcpus ? vm->vcpus[affinity] : NULL;
}

static s64 cpu_on(struct vm *vm, u64 affinity, gpa_t entry, u64 context)
{
	struct vcpu *vcpu = find(vm, affinity);
	u8 byte;

	if (!vcpu)
		return PSCI_INVALID_PARAMETERS;
	if (!vcpu->stopped)
		return PSCI_ALREADY_ON;
	if ((entry & 3) || !vm_read_guest(vm, entry, &byte, 1))
		return PSCI_INVALID_ADDRESS;
	/* If the CPU still holds its registers, they must not overwrite the new ones later. */
	if (this_pcpu()->loaded == vcpu)
		vcpu_put();
	vgic_restart(vcpu);
	arch_vcpu_reset(vcpu, entry, context);
	vcpu->waiting = false;
	vcpu->stopped = false;
	return PSCI_SUCCESS;
}

static s64 cpu_off(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	u32 running = 0;

	vcpu->stopped = true;
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		running += !vm->vcpus[i]->stopped;
	/* No one is left who could start one again. */
	if (!running)
		vm_end(vm, 1);
	return PSCI_SUCCESS;
}

static s64 affinity_info(struct vm *vm, u64 affinity, u64 level)
{
	struct vcpu *vcpu = find(vm, affinity);

	if (!vcpu || level)
		return PSCI_INVALID_PARAMETERS;
	return vcpu->stopped ? AFFINITY_OFF : AFFINITY_ON;
}

static bool has_function(u64 function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | PSCI_64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | PSCI_64:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | PSCI_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
		return true;
	default:
		return false;
	}
}

s64 psci_call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	switch (function) {
	case PSCI_VERSION:
		return VERSION;
	case PSCI_CPU_SUSPEND: /* to wait for an interrupt; a deeper sleep would gain nothing */
	case PSCI_CPU_SUSPEND | PSCI_64:
		vcpu->waiting = true;
		return PSCI_SUCCESS;
	case PSCI_CPU_OFF:
		return cpu_off(vcpu);
	case PSCI_CPU_ON:
		return cpu_on(vcpu->vm, (u32)args[0], (u32)args[1], (u32)args[2]);
	case PSCI_CPU_ON | PSCI_64:
		return cpu_on(vcpu->vm, args[0], args[1], args[2]);
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | PSCI_64:
		return affinity_info(vcpu->vm, (u32)args[0], (u32)args[1]);
	case PSCI_MIGRATE_INFO_TYPE:
		return NO_MIGRATION;
	case PSCI_SYSTEM_OFF:
		vm_end(vcpu->vm, 0);
		return PSCI_SUCCESS;
	case PSCI_SYSTEM_RESET: /* also how a kernel ends that has panicked: not a good end */
		printf("ladder: vm %s: asks for a reboot, which ends it here\n", vcpu->vm->name);
		vm_end(vcpu->vm, 1);
		return PSCI_SUCCESS;
	case PSCI_FEATURES:
		return has_function((u32)args[0]) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}
