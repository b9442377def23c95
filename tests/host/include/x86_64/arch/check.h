/* SPDX-License-Identifier: MIT */
/* What the checks read: a CPU with 40 address bits, MSRs and VMCS fields that the test gives. */
#ifndef __x86_64__
#define volatile(...) ("")
#endif
#include <arch/vmcs.h>
#include <arch/x86.h>

u64 host_msr_read(u32 msr);
u64 host_vmcs_read(u64 field);
#define msr_read(msr)       host_msr_read(msr)
#define vmcs_read(field)    host_vmcs_read(field)
#define cpuid(leaf, ignore) ((struct cpuid){ .eax = (leaf) == 0x80000008 ? 40 : 0 })

#include_next <arch/check.h>
