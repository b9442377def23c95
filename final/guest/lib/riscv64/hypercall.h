/* SPDX-License-Identifier: MIT */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdint.h>

/* SBI extension 0x0a4c4144: a6 = function, a0 = argument; the answer comes in a1. */
static inline uint64_t ladder_call(uint64_t function, uint64_t arg)
{
	register uint64_t a0 __asm__("a0") = arg;
	register uint64_t a1 __asm__("a1");
	register uint64_t a6 __asm__("a6") = function;
	register uint64_t a7 __asm__("a7") = 0x0a4c4144;

	__asm__ volatile("ecall" : "+r"(a0), "=r"(a1) : "r"(a6), "r"(a7) : "memory");
	return a1;
}

#endif
