/* SPDX-License-Identifier: MIT */
/* For guests that expect an exception: which one came, if any. */
#ifndef GUEST_CATCH_H
#define GUEST_CATCH_H

#include <guest.h>

struct caught {
	u64 esr;   /* ESR_EL1; ~0: there was no exception */
	u64 spsr;  /* the interrupted PSTATE */
	bool here; /* ELR_EL1 pointed to the instruction itself */
};

extern char catching_vectors[]; /* catch.S */

/*
 * Runs @insn, which may use x0 to x3, once. An exception in it goes to our vector, which reports it
 * in x9 to x11 and returns behind the instruction.
 */
#define CATCH(insn)                                                                      \
	({                                                                               \
		register u64 esr_ __asm__("x9") = ~0ul;                                  \
		register u64 elr_ __asm__("x10") = 0;                                    \
		register u64 spsr_ __asm__("x11") = 0;                                   \
		u64 insn_at_, old_;                                                      \
                                                                                         \
		__asm__ volatile("	mrs	%4, vbar_el1\n"                                   \
				 "	msr	vbar_el1, %5\n"                                   \
				 "	isb\n"                                                \
				 "	adr	%3, 1f\n"                                         \
				 "1:	" insn "\n"                                      \
				 "	msr	vbar_el1, %4\n"                                   \
				 "	isb\n"                                                \
				 : "+r"(esr_), "+r"(elr_), "+r"(spsr_), "=&r"(insn_at_), \
				   "=&r"(old_)                                           \
				 : "r"(catching_vectors)                                 \
				 : "x0", "x1", "x2", "x3", "cc", "memory");              \
		(struct caught){ esr_, spsr_, elr_ == insn_at_ };                        \
	})

#endif
