// SPDX-License-Identifier: MIT
#include "../grade.h"
#include "../window.h"

#define LOAD(insn, at)								\
	({									\
		u64 before_ = next(), at_ = (at);				\
		register u64 value_ __asm__("x0") = before_;			\
		register u64 address_ __asm__("x1") = at_;			\
		__asm__ volatile(insn						\
				 : "+r"(value_), "+r"(address_) : : "memory");	\
		ladder_show(value_ + address_);					\
	})

void loads(u64 at)
{
	LOAD("ldrb w0, [x1]", at + next() % 8);
	LOAD("ldrsb w0, [x1]", at + next() % 8);
	LOAD("ldrsb x0, [x1]", at + next() % 8);
	LOAD("ldrh w0, [x1]", at + next() % 4 * 2);
	LOAD("ldrsh w0, [x1]", at + next() % 4 * 2);
	LOAD("ldrsh x0, [x1]", at + next() % 4 * 2);
	LOAD("ldr w0, [x1]", at + next() % 2 * 4);
	LOAD("ldrsw x0, [x1]", at + next() % 2 * 4);
	LOAD("ldr x0, [x1]", at);
	LOAD("ldr xzr, [x1]", at);
	LOAD("ldr x0, [x1], #24", at);
	LOAD("ldrsb w0, [x1, #-6]!", at + 6);
}

#define ACCESS(insn)                                                      \
	({                                                                \
		u64 value_ = next();                                      \
		__asm__ volatile(insn : "+r"(value_) : : "memory");       \
		ladder_show(value_);                                      \
	})

void accesses(void)
{
	ACCESS("mrs %0, pmccntr_el0");
	ACCESS("msr pmccntr_el0, %0");
	ACCESS("mrs xzr, pmccntr_el0");
	ACCESS("mrs %0, pmcr_el0"); /* as before */
	if (next() % 2)
		ACCESS("msr pmccntr_el0, xzr");
	ACCESS("mrs %0, pmccntr_el0");
}
