// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/end.h>
#include <hv/exit.h>
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

void vm_step(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	enum exit_result result;
	struct vm_exit exit;

	if (vcpu_run(vcpu, &exit)) {
		vm_end(vm, 1);
		return;
	}
	vm->exits++;
	result = vm_handle_exit(vcpu, &exit);
	if (result != EXIT_HANDLED)
		vm_kill(vcpu, &exit, result == EXIT_FORBIDDEN ? "not allowed" : "no handler");
}

int vm_run(struct vm *vm)
{
	while (!vm->ended)
		vm_step(vm->vcpus[0]);
	return vm->status;
}

void vm_putc(struct vm *vm, char c)
{
	(void)vm;
	arch_console_putc(c);
}

int vm_getc(struct vm *vm)
{
	(void)vm;
	return arch_console_getc();
}

void vm_end(struct vm *vm, int status)
{
	vm->ended = true;
	vm->status = status;
}

void vm_kill(struct vcpu *vcpu, const struct vm_exit *exit, const char *why)
{
	printf("\nladder: vm %s: stopped: %s: %s (%lx)\n", vcpu->vm->name, why,
	       arch_exit_name(exit), exit->code);
	vcpu_dump(vcpu);
	vm_end(vcpu->vm, 1);
	vcpu->vm->killed = true;
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
