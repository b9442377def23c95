// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/trace.h>

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

static const exit_handler handlers[NR_REASONS] = {
	[REASON_HYPERCALL] = arch_hypercall,
	[REASON_IDLE] = idle,
	[REASON_SYSREG] = arch_sysreg,
};

enum exit_result vm_handle_exit(struct vcpu *vcpu, const struct vm_exit *exit)
{
	exit_handler handler = handlers[exit->reason];

	trace_exit(vcpu, exit);
	return handler ? handler(vcpu, exit) : EXIT_UNHANDLED;
}
