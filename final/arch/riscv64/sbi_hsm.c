// SPDX-License-Identifier: MIT
/* Hart state management (SBI 2.0, 9). */
#include <arch/sbi.h>
#include <hv/arch.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

enum { HART_START, HART_STOP, HART_GET_STATUS, HART_SUSPEND };
enum { STARTED, STOPPED };

#define SUSPEND_RETENTIVE     0x00000000
#define SUSPEND_NON_RETENTIVE 0x80000000

static struct vcpu *find(struct vm *vm, u64 hart)
{
	return hart < vm->nr_vcpus ? vm->vcpus[hart] : NULL;
}

static s64 hart_start(struct vm *vm, u64 hart, gpa_t start, u64 opaque)
{
	struct vcpu *vcpu = find(vm, hart);
	u8 byte;

	if (!vcpu)
		return SBI_ERR_INVALID_PARAM;
	if (!vcpu->stopped)
		return SBI_ERR_ALREADY_AVAILABLE;
	if ((start & 1) || !vm_read_guest(vm, start, &byte, 1))
		return SBI_ERR_INVALID_ADDRESS;
	/* If the CPU still holds its registers, they must not overwrite the new ones later. */
	if (this_pcpu()->loaded == vcpu)
		vcpu_put();
	arch_vcpu_reset(vcpu, start, opaque);
	vcpu->waiting = false;
	vcpu->stopped = false;
	return SBI_SUCCESS;
}

static s64 hart_stop(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	u32 running = 0;

	vcpu->stopped = true;
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		running += !vm->vcpus[i]->stopped;
	/* No one is left who could start one again. */
	if (!running)
		vm_end(vm, 1);
	return SBI_SUCCESS;
}

/*
 * Suspending is waiting for an interrupt. The kind that forgets the registers would gain nothing.
 */
static s64 hart_suspend(struct vcpu *vcpu, u64 type)
{
	if (type == SUSPEND_NON_RETENTIVE)
		return SBI_ERR_NOT_SUPPORTED;
	if (type != SUSPEND_RETENTIVE)
		return SBI_ERR_INVALID_PARAM;
	vcpu->waiting = true;
	return SBI_SUCCESS;
}

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	struct vcpu *target;

	switch (function) {
	case HART_START:
		return (struct sbi_ret){ hart_start(vcpu->vm, args[0], args[1], args[2]), 0 };
	case HART_STOP:
		return (struct sbi_ret){ hart_stop(vcpu), 0 };
	case HART_GET_STATUS:
		target = find(vcpu->vm, args[0]);
		if (!target)
			return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
		return (struct sbi_ret){ SBI_SUCCESS, target->stopped ? STOPPED : STARTED };
	case HART_SUSPEND:
		return (struct sbi_ret){ hart_suspend(vcpu, (u32)args[0]), 0 };
	default:
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	}
}

const struct sbi_extension sbi_hsm = { SBI_EXT_HSM, SBI_EXT_HSM, call };
