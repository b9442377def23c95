/* SPDX-License-Identifier: MIT */
/*
 * Our own hypercalls, the same on every ISA; how a guest passes function and argument is the arch's
 * matter (hypercall.c there). The guests' side is guest/lib.
 */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <hv/types.h>

struct vcpu;

enum ladder_function {
	LADDER_PING, /* answers 3 * arg + 1: proof that the call came through here and back */
	LADDER_DONE, /* ends the VM with the status arg; 0 is good */
	LADDER_SHOW, /* prints arg */
	LADDER_PUTC, /* writes arg to the console, for guests that have no firmware for it */
};

/* error is 0, or -1 where there is no such function. */
struct ladder_answer {
	s64 error;
	u64 value;
};

/* What a LADDER_PING is answered with; inline, because it is there to measure the way to it. */
static inline u64 ladder_ping(u64 arg)
{
	return 3 * arg + 1;
}

struct ladder_answer ladder_call(struct vcpu *vcpu, u64 function, u64 arg);

#endif
