// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/device.h>
#include <hv/end.h>
#include <hv/exit.h>
#include <hv/frame.h>
#include <hv/printf.h>
#include <hv/vm.h>

_Static_assert(sizeof(struct vm) <= FRAME_SIZE_BYTES, "a VM is kept in one frame");

static u32 last_id, nr_vms;
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
	/* Ids are never reused, so a new VM finds nothing of an old one in the TLB. */
	if (vm->id > arch_max_vmid() || !npt_create(&vm->npt, arch_npt_format(), vm->id)) {
		frame_free(frame);
		return NULL;
	}
	vm->next = all_vms;
	all_vms = vm;
	nr_vms++;
	return vm;
}

void vm_destroy(struct vm *vm)
{
	forget(vm);
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		vcpu_destroy(vm->vcpus[i]);
	npt_destroy(&vm->npt);
	for (u32 i = 0; i < vm->nr_devices; i++)
		device_destroy(vm->devices[i]);
	nr_vms--;
	frame_free(virt_to_phys(vm));
}

static void vm_step(struct vcpu *vcpu)
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

void vm_run(struct vcpu *vcpu)
{
	const struct pcpu *pcpu = this_pcpu();

	while (!vcpu->vm->ended && !vcpu->waiting && !vcpu->stopped && !pcpu->slice_over)
		vm_step(vcpu);
}

static void vm_flush_line(struct vm *vm)
{
	for (u32 i = 0; i < vm->line_length; i++)
		arch_console_putc(vm->line[i]);
	vm->line_length = 0;
}

void vm_putc(struct vm *vm, char c)
{
	/* Alone, a guest writes as it likes; side by side, they write whole lines. */
	if (nr_vms > 1) {
		vm->line[vm->line_length++] = c;
		if (c != '\n' && vm->line_length < sizeof(vm->line))
			return;
		vm_flush_line(vm);
	} else {
		vm_flush_line(vm);
		arch_console_putc(c);
	}
}

void vm_end(struct vm *vm, int status)
{
	vm_flush_line(vm);
	console_detach(vm);
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
	/* The first starts the others, when it is ready for them. */
	vcpu->stopped = vcpu->id > 0;
	return vcpu;
}
