// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/vm.h>

typedef enum exit_result (*exit_handler)(struct vcpu *vcpu, const struct vm_exit *exit);

static const exit_handler handlers[NR_REASONS] = {
	[REASON_HYPERCALL] = arch_hypercall,
};

void vm_handle_exit(struct vcpu *vcpu, const struct vm_exit *exit)
{
	exit_handler handler = handlers[exit->reason];
	enum exit_result result = handler ? handler(vcpu, exit) : EXIT_UNHANDLED;

	if (result != EXIT_HANDLED)
		vm_kill(vcpu, exit, result == EXIT_FORBIDDEN ? "not allowed" : "no handler");
}
