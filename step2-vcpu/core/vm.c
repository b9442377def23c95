// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/printf.h>
#include <hv/vm.h>

_Static_assert(sizeof(struct vm) <= FRAME_SIZE_BYTES, "a VM is kept in one frame");

static u32 last_id;
static struct vm *all_vms; /* newest first; a debugger finds them here */

static void forget(const struct vm *vm)
{
	struct vm **link = &all_vms;

	for (; *link != vm; link = &(*link)->next)
		assert(*link);
	*link = vm->next;
}

struct vm *vm_create(const char *name)
{
	hpa_t frame = frame_alloc();
	struct vm *vm = phys_to_virt(frame);

	if (!frame)
		return NULL;
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	vm->next = all_vms;
	all_vms = vm;
	return vm;
}

void vm_destroy(struct vm *vm)
{
	forget(vm);
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		vcpu_destroy(vm->vcpus[i]);
	frame_free(virt_to_phys(vm));
}

struct vcpu *vm_init_vcpu(struct vm *vm, gpa_t entry, u64 arg)
{
	struct vcpu *vcpu = vm->nr_vcpus < MAX_VCPUS ? vcpu_create(vm, vm->nr_vcpus) : NULL;

	if (!vcpu)
		return NULL;
	vm->vcpus[vm->nr_vcpus++] = vcpu;
	arch_vcpu_reset(vcpu, entry, arg);
	return vcpu;
}
