/* SPDX-License-Identifier: MIT */
/*
 * The Power State Coordination Interface (DEN0022), called by the SMC calling convention (DEN0028).
 */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

#include <arch/sysreg.h>

/* Function ids (DEN0022, 5.1); a 64-bit caller's have PSCI_64 set too, where that makes sense. */
#define PSCI_FIRST             0x84000000
#define PSCI_LAST              0x8400001f
#define PSCI_64                0x40000000
#define PSCI_VERSION           0x84000000
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF        0x84000008
#define PSCI_SYSTEM_RESET      0x84000009
#define PSCI_FEATURES          0x8400000a

/* Answers (DEN0022, 5.2.2) */
#define PSCI_SUCCESS       0l
#define PSCI_NOT_SUPPORTED (-1l)

struct vcpu;

/* Answers a guest's call; args are x1 to x3. */
s64 psci_call(struct vcpu *vcpu, u64 function, const u64 *args);

/*
 * A call of our own to the host's firmware, which sits one level above us: EL3, behind smc. Where
 * we were started at EL1 it is a hypervisor, behind hvc. Returns x0; x1 to x17 are lost (DEN0028).
 */
static inline s64 psci_firmware_call(u64 function)
{
	register u64 x0 __asm__("x0") = function;

	if (current_el() == 2)
		__asm__ volatile("smc #0" : "+r"(x0)::"x1", "x2", "x3", "x4", "x5", "x6", "x7",
				 "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
				 "x17", "memory");
	else
		__asm__ volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "x4", "x5", "x6", "x7",
				 "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
				 "x17", "memory");
	return x0;
}

#endif
