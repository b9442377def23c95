/* SPDX-License-Identifier: MIT */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdint.h>

/*
 * SMCCC (DEN0028), a hypervisor vendor's fast 64-bit call: x0 = 0xc6000000 + function,
 * x1 = argument; the answer comes in x1.
 */
static inline uint64_t ladder_call(uint64_t function, uint64_t arg)
{
	register uint64_t x0 __asm__("x0") = 0xc6000000 + function;
	register uint64_t x1 __asm__("x1") = arg;

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1) : : "memory");
	return x1;
}

#endif
