/* SPDX-License-Identifier: MIT */
/*
 * What the CPU looks at before it enters a guest. It only says that something is wrong; vmx_check.c
 * and svm_check.c say what, one rule a line. Their functions return NULL, or the words of the first
 * rule that is broken, with its section.
 */
#ifndef ARCH_CHECK_H
#define ARCH_CHECK_H

#include <arch/x86.h>
#include <hv/types.h>

struct vcpu;

/*
 * The guest, by the registers that memory holds. long_mode: the control "IA-32e mode guest";
 * unrestricted: the control of that name.
 */
const char *vmx_check_guest(const struct vcpu *vcpu, bool long_mode, bool unrestricted);
/* The host's fields of the VMCS that is loaded. */
const char *vmcs_check_host(void);

const char *svm_check_guest(const struct vcpu *vcpu);

#define RULE(broken, words) ({ if (broken) return words; })

/* A physical address with bits that this CPU does not have (CPUID 80000008H). */
static inline bool too_wide(u64 address)
{
	return address >> (cpuid(0x80000008, 0).eax & 0xff);
}

/* An event that the guest is to take at its entry (EVENT_VALID and its kin, x86.h). */
static inline const char *check_event(u64 event)
{
	u32 type = event & EVENT_VALID ? EVENT_TYPE(event) : 0;

	RULE(type == 1 || type > 4, "the event's type is reserved (SDM 27.2.1.3, APM 15.20)");
	RULE(type == 3 && EVENT_VECTOR(event) > 31, "no such exception (SDM 27.2.1.3, APM 15.20)");
	return NULL;
}

#endif
