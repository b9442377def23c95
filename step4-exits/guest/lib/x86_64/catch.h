/* SPDX-License-Identifier: MIT */
/*
 * For guests that expect an exception or an interrupt: which one came, if any. All others have no
 * table of handlers at all, so that an exception of theirs is a triple fault, and the VM's end.
 */
#ifndef GUEST_CATCH_H
#define GUEST_CATCH_H

#include <guest.h>

/* Exceptions (SDM 6.15), and an interrupt for those that send one to themselves */
#define VECTOR_UD	 6
#define VECTOR_NM	 7
#define VECTOR_GP	 13
#define VECTOR_INTERRUPT 32
#define NR_VECTORS	 33

struct caught {
	u64 vector;   /* ~0: there was none */
	u64 error;    /* the error code; 0 where there is none */
	bool here;    /* RIP pointed to the instruction itself */
	u64 rax, rdx; /* as the instruction left them */
};

void catch_init(void); /* catch.c, before the first CATCH */

/* Another handler, of the guest's own, for this vector. */
void catch_gate(u32 vector, const void *handler);

/*
 * Runs @insn once with these values in rax, rcx and rdx. An exception in it goes to catch.S, which
 * reports it in r8 to r10 and goes on behind the instruction, at r11.
 */
#define CATCH_WITH(insn, rax, rcx, rdx)                                                       \
	({                                                                                    \
		u64 a_ = (rax), c_ = (rcx), d_ = (rdx), insn_at_;                             \
		register u64 vector_ __asm__("r8") = ~0ul;                                    \
		register u64 error_ __asm__("r9") = 0;                                        \
		register u64 rip_ __asm__("r10") = 0;                                         \
                                                                                              \
		__asm__ volatile("	lea	2f(%%rip), %%r11\n"                                    \
				 "	lea	1f(%%rip), %6\n"                                       \
				 "1:	" insn "\n"                                           \
				 "2:\n"                                                       \
				 : "+a"(a_), "+c"(c_), "+d"(d_), "+r"(vector_), "+r"(error_), \
				   "+r"(rip_), "=&b"(insn_at_)                                \
				 :                                                            \
				 : "r11", "cc", "memory");                                    \
		(struct caught){ vector_, error_, rip_ == insn_at_, a_, d_ };                 \
	})
#define CATCH(insn) CATCH_WITH(insn, 0, 0, 0)

#endif
