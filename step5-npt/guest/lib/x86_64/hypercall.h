/* SPDX-License-Identifier: MIT */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

#define LADDER 0x4c414400 /* rax holds this and the function */

extern bool ladder_by_vmmcall; /* start.S: what the CPU's vendor calls it */

/* rdi = argument; error and answer come in rax and rdx. */
static inline uint64_t ladder_call(uint64_t function, uint64_t arg)
{
	uint64_t rax = LADDER + function, rdx;

	if (ladder_by_vmmcall)
		__asm__ volatile("vmmcall" : "+a"(rax), "=d"(rdx) : "D"(arg) : "memory");
	else
		__asm__ volatile("vmcall" : "+a"(rax), "=d"(rdx) : "D"(arg) : "memory");
	return rdx;
}

#endif
