// SPDX-License-Identifier: MIT
/* The guest's firmware: PSCI 1.1 (DEN0022), by hvc or smc. */
#include <arch/psci.h>
#include <hv/printf.h>
#include <hv/vm.h>

#define VERSION      0x00010001 /* major in the upper half */
#define NO_MIGRATION 2 /* there is no trusted OS that would have to move with a CPU */

static s64 version(struct vcpu *vcpu, const u64 *args)
{
	(void)vcpu;
	(void)args;
	return VERSION;
}

static s64 migrate_info_type(struct vcpu *vcpu, const u64 *args)
{
	(void)vcpu;
	(void)args;
	return NO_MIGRATION;
}

static s64 system_off(struct vcpu *vcpu, const u64 *args)
{
	(void)args;
	vm_end(vcpu->vm, 0);
	return PSCI_SUCCESS;
}

/* Also how a kernel ends that has panicked, so it is not a good end. */
static s64 system_reset(struct vcpu *vcpu, const u64 *args)
{
	(void)args;
	printf("ladder: vm %s: asks for a reboot, which ends it here\n", vcpu->vm->name);
	vm_end(vcpu->vm, 1);
	return PSCI_SUCCESS;
}

static s64 features(struct vcpu *vcpu, const u64 *args);

static const struct psci_function {
	u32 id;
	s64 (*call)(struct vcpu *vcpu, const u64 *args);
} functions[] = {
	{ PSCI_VERSION, version },
	{ PSCI_MIGRATE_INFO_TYPE, migrate_info_type },
	{ PSCI_SYSTEM_OFF, system_off },
	{ PSCI_SYSTEM_RESET, system_reset },
	{ PSCI_FEATURES, features },
};

static const struct psci_function *find(u64 id)
{
	for (u32 i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i].id == id)
			return &functions[i];
	return NULL;
}

/* Is there this function? (DEN0022, 5.1.15; of a CPU_SUSPEND it would also tell the format.) */
static s64 features(struct vcpu *vcpu, const u64 *args)
{
	(void)vcpu;
	return find((u32)args[0]) ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED;
}

s64 psci_call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	const struct psci_function *found = find(function);

	return found ? found->call(vcpu, args) : PSCI_NOT_SUPPORTED;
}
