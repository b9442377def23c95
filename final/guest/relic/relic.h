/* SPDX-License-Identifier: MIT */
/* What an ISA gives to the relic. */
#ifndef GUEST_RELIC_H
#define GUEST_RELIC_H

#include <guest.h>

/* Numbers that are new in each run. */
u64 fresh(void);
u64 now(void); /* the ISA's: what they start from */

/* The bytes in the window from this address on. */
u64 in_window(u64 at, u32 width);

/* The ISA's loads, of all widths, signed and unsigned, of what lies around this address. */
void loads(u64 at);

/* The ISA's instructions for its CPU's register, which is this word of memory. */
void instructions(volatile u64 *key);

/* Does this load give what is there, taken as this type and then as one that its register has? */
#define check_load(insn, at, type, reg) \
	check(LOAD(insn, at) == (u64)(reg)(type)in_window(at, sizeof(type)))

#endif
