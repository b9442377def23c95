// SPDX-License-Identifier: MIT
/* The guest's firmware: PSCI 1.1 (DEN0022), by hvc or smc. */
#include <arch/psci.h>
#include <hv/printf.h>
#include <hv/vm.h>

#define VERSION      0x00010001 /* major in the upper half */
#define NO_MIGRATION 2 /* there is no trusted OS that would have to move with a CPU */

static bool has_function(u64 function)
{
	switch (function) {
	case PSCI_VERSION:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
		return true;
	default:
		return false;
	}
}

s64 psci_call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	switch (function) {
	case PSCI_VERSION:
		return VERSION;
	case PSCI_MIGRATE_INFO_TYPE:
		return NO_MIGRATION;
	case PSCI_SYSTEM_OFF:
		vm_end(vcpu->vm, 0);
		return PSCI_SUCCESS;
	case PSCI_SYSTEM_RESET: /* also how a kernel ends that has panicked: not a good end */
		printf("ladder: vm %s: asks for a reboot, which ends it here\n", vcpu->vm->name);
		vm_end(vcpu->vm, 1);
		return PSCI_SUCCESS;
	case PSCI_FEATURES:
		return has_function((u32)args[0]) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}
