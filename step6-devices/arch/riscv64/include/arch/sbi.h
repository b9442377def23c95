/* SPDX-License-Identifier: MIT */
/* The Supervisor Binary Interface, 2.0: what a guest kernel calls with ecall. */
#ifndef ARCH_SBI_H
#define ARCH_SBI_H

#include <hv/types.h>

struct vcpu;

/* Standard errors (SBI 2.0, 3) */
#define SBI_SUCCESS           0l
#define SBI_ERR_FAILED        (-1l)
#define SBI_ERR_NOT_SUPPORTED (-2l)
#define SBI_ERR_INVALID_PARAM (-3l)

/* Extension ids */
#define SBI_EXT_LEGACY_LAST 0x0f /* 0x00 to 0x0f: one call each (SBI 2.0, 5) */
#define SBI_EXT_BASE        0x10
#define SBI_EXT_TIME        0x54494d45
#define SBI_EXT_DBCN        0x4442434e
#define SBI_EXT_SRST        0x53525354

/* Ours, in the range for an SBI implementation's own extensions (SBI 2.0, 19). */
#define SBI_EXT_LADDER 0x0a4c4144

/* What a call leaves in a0 and a1 (SBI 2.0, 3). */
struct sbi_ret {
	s64 error;
	u64 value;
};

/*
 * One extension, in a file of its own. call gets the function id and the arguments a0 to a5; a
 * function that it does not have is SBI_ERR_NOT_SUPPORTED.
 */
struct sbi_extension {
	u64 first, last; /* its ids; mostly just one */
	struct sbi_ret (*call)(struct vcpu *vcpu, u64 function, const u64 *args);
};

extern const struct sbi_extension sbi_base, sbi_dbcn, sbi_srst;
extern const struct sbi_extension sbi_time;
/* Before there were function ids: each call is an extension, its id comes as function. */
extern const struct sbi_extension sbi_legacy;

/* A call of our own to the host's firmware; returns its error. */
static inline s64 sbi_firmware_call(u64 extension, u64 function, u64 arg)
{
	register u64 a0 __asm__("a0") = arg;
	register u64 a1 __asm__("a1");
	register u64 a6 __asm__("a6") = function;
	register u64 a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "=r"(a1) : "r"(a6), "r"(a7) : "memory");
	return a0;
}

/* NULL where we don't have it. */
const struct sbi_extension *sbi_find(u64 extension);

#endif
