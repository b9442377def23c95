// SPDX-License-Identifier: MIT
/* From ESR_EL2 to a reason that core/ understands. */
#include <arch/sysreg.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/exit.h>
#include <hv/vcpu.h>

void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit)
{
	(void)vcpu;
	exit->reason = REASON_UNKNOWN;
}

const char *arch_exit_name(const struct vm_exit *exit)
{
	return trap_cause_name(exit->code);
}
