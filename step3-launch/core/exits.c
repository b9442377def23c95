// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/exit.h>

typedef enum exit_result (*exit_handler)(struct vcpu *vcpu, const struct vm_exit *exit);

static const exit_handler handlers[NR_REASONS] = {
	[REASON_HYPERCALL] = arch_hypercall,
};

enum exit_result vm_handle_exit(struct vcpu *vcpu, const struct vm_exit *exit)
{
	exit_handler handler = handlers[exit->reason];

	return handler ? handler(vcpu, exit) : EXIT_UNHANDLED;
}
