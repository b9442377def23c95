// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/printf.h>
#include <hv/trace.h>
#include <hv/vm.h>

typedef enum exit_result (*exit_handler)(struct vcpu *vcpu, const struct vm_exit *exit);

/*
 * The manuals let an idle instruction end at any time, and no guest may count on more; so as long
 * as there is nothing to wait for, it simply ends at once.
 */
static enum exit_result idle(struct vcpu *vcpu, const struct vm_exit *exit)
{
	arch_skip_instruction(vcpu, exit);
	return EXIT_HANDLED;
}

/*
 * RAM that was promised but not given yet is given at the first touch; the guest repeats the access
 * and never learns of it. Everything else is outside of its machine.
 */
static enum exit_result nested_fault(struct vcpu *vcpu, const struct vm_exit *exit)
{
	if (vm_populate(vcpu->vm, exit->gpa))
		return EXIT_HANDLED;
	printf("\nladder: vm %s: %s of guest-physical %lx (virtual %lx), which is not its memory\n",
	       vcpu->vm->name,
	       exit->access == NPT_READ ? "read" : exit->access == NPT_WRITE ? "write" : "fetch",
	       exit->gpa, exit->gva);
	return EXIT_FORBIDDEN;
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
