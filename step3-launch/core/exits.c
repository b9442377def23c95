// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/exit.h>

typedef enum exit_result (*exit_handler)(struct vcpu *vcpu, const struct vm_exit *exit);

static enum exit_result unknown(struct vcpu *vcpu, const struct vm_exit *exit)
{
	(void)vcpu;
	(void)exit;
	return EXIT_UNHANDLED;
}

static const exit_handler handlers[NR_REASONS] = {
	[REASON_UNKNOWN] = unknown,
	[REASON_HYPERCALL] = arch_hypercall,
};

enum exit_result vm_handle_exit(struct vcpu *vcpu, const struct vm_exit *exit)
{
	return handlers[exit->reason](vcpu, exit);
}
