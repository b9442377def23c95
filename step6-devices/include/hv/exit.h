/* SPDX-License-Identifier: MIT */
/* Why a guest stopped running: one schema for every ISA. */
#ifndef HV_EXIT_H
#define HV_EXIT_H

#include <hv/npt.h>
#include <hv/types.h>

struct vcpu;

enum exit_reason {
	REASON_UNKNOWN,	     /* nothing that this step knows; code tells */
	REASON_HYPERCALL,    /* ecall, hvc, vmcall: the arguments are in the vCPU's registers */
	REASON_IDLE,	     /* wfi, hlt: the guest has nothing to do */
	REASON_NESTED_FAULT, /* an access that the second stage does not allow: gpa, gva, access */
	REASON_TIMER,	     /* our own timer fired */
	REASON_EXTERNAL_INTERRUPT, /* one of the host's devices wants us */
	REASON_SYSREG, /* a system register, MSR or privileged instruction; insn, if any */
	NR_REASONS,
};

/* Filled by the arch after each exit, only as far as the reason needs. */
struct vm_exit {
	enum exit_reason reason;
	u32 insn; /* REASON_SYSREG, REASON_IDLE: the instruction, where the CPU gives it */
	gpa_t gpa;
	gva_t gva;
	u32 access; /* what was tried: NPT_READ, NPT_WRITE or NPT_EXEC */
	u64 code; /* the ISA's own cause: scause, ESR_EL2, the VMCS exit reason, EXITCODE */
};

enum exit_result {
	EXIT_HANDLED,   /* the guest goes on */
	EXIT_UNHANDLED, /* no one knows what to do: the VM ends with a report */
	EXIT_FORBIDDEN, /* we know, and don't allow it: the same, but said so */
};

/* Finds the handler for one exit and calls it. */
enum exit_result vm_handle_exit(struct vcpu *vcpu, const struct vm_exit *exit);

#endif
