// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/device.h>
#include <hv/exit.h>
#include <hv/printf.h>
#include <hv/trace.h>
#include <hv/vm.h>

typedef enum exit_result (*exit_handler)(struct vcpu *vcpu, const struct vm_exit *exit);

/* The CPU goes to someone else until an interrupt for this vCPU is pending (sched.c). */
static enum exit_result idle(struct vcpu *vcpu, const struct vm_exit *exit)
{
	vcpu->waiting = true;
	arch_skip_instruction(vcpu, exit);
	return EXIT_HANDLED;
}

/* A load or store of a device's register: done here, in place of the guest's instruction. */
static enum exit_result device_access(struct vcpu *vcpu, const struct vm_exit *exit,
				      struct device *device)
{
	const struct device_ops *ops = device->ops;
	u64 offset = exit->gpa - device->base;
	struct mmio mmio = { 0 };
	bool done;

	if (ops->fault && ops->fault(device, offset, exit->access))
		return EXIT_HANDLED;
	if (exit->access == NPT_EXEC) {
		printf("\nladder: vm %s: fetch of an instruction from %s at %lx\n", vcpu->vm->name,
		       ops->name, exit->gpa);
		return EXIT_FORBIDDEN;
	}
	switch (arch_mmio_decode(vcpu, exit, &mmio)) {
	case MMIO_RETRY:
		return EXIT_HANDLED;
	case MMIO_UNKNOWN:
		printf("\nladder: vm %s: %s at %lx: an instruction that is not emulated\n",
		       vcpu->vm->name, ops->name, exit->gpa);
		return EXIT_UNHANDLED;
	case MMIO_OK:
		break;
	}
	if (mmio.write)
		done = ops->write && ops->write(device, offset, mmio.width, mmio.value);
	else
		done = ops->read && ops->read(device, offset, mmio.width, &mmio.value);
	if (!done) {
		printf("\nladder: vm %s: %s: no register for a %s of %u bytes at %lx\n",
		       vcpu->vm->name, ops->name, mmio.write ? "write" : "read", mmio.width,
		       exit->gpa);
		return EXIT_FORBIDDEN;
	}
	arch_mmio_complete(vcpu, &mmio);
	return EXIT_HANDLED;
}

/*
 * RAM that was promised but not given yet is given at the first touch; the guest repeats the access
 * and never learns of it. Everything else is outside of its machine.
 */
static enum exit_result nested_fault(struct vcpu *vcpu, const struct vm_exit *exit)
{
	struct device *device = device_find(vcpu->vm, exit->gpa);

	if (vm_populate(vcpu->vm, exit->gpa))
		return EXIT_HANDLED;
	if (device)
		return device_access(vcpu, exit, device);
	printf("\nladder: vm %s: %s of guest-physical %lx (virtual %lx), which is not its memory\n",
	       vcpu->vm->name,
	       exit->access == NPT_READ ? "read" : exit->access == NPT_WRITE ? "write" : "fetch",
	       exit->gpa, exit->gva);
	return EXIT_FORBIDDEN;
}

static enum exit_result timer(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)exit;
	arch_timer_fired(vcpu);
	return EXIT_HANDLED;
}

static enum exit_result external_interrupt(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)vcpu;
	(void)exit;
	arch_irq_handle();
	return EXIT_HANDLED;
}

static enum exit_result unknown(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)vcpu;
	(void)exit;
	return EXIT_UNHANDLED;
}

static const exit_handler handlers[NR_REASONS] = {
	[REASON_UNKNOWN] = unknown,
	[REASON_HYPERCALL] = arch_hypercall,
	[REASON_IDLE] = idle,
	[REASON_NESTED_FAULT] = nested_fault,
	[REASON_TIMER] = timer,
	[REASON_EXTERNAL_INTERRUPT] = external_interrupt,
	[REASON_SYSREG] = arch_sysreg,
};

/* Apart, so that without a trace no register has to be saved for its sake. */
static __attribute__((noinline)) enum exit_result trace_and_handle(struct vcpu *vcpu,
								   const struct vm_exit *exit)
{
	trace_record(vcpu, exit);
	return handlers[exit->reason](vcpu, exit);
}

enum exit_result vm_handle_exit(struct vcpu *vcpu, const struct vm_exit *exit)
{
	if (trace_on)
		return trace_and_handle(vcpu, exit);
	return handlers[exit->reason](vcpu, exit);
}
