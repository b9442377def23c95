// SPDX-License-Identifier: MIT
#include "../grade.h"
#include "../window.h"

#include <cpu.h>

#define MSR_KEY 0x40000080

/* What it leaves of its register, and of the flags. */
#define LOAD(insn, at)                                                                    \
	({                                                                                \
		u64 value_ = next(), flags_;                                              \
		__asm__ volatile("cmp %%rdx, %0; stc; " insn "; pushf; pop %1"            \
				 : "+a"(value_), "=&r"(flags_)                            \
				 : "d"(at)                                                \
				 : "cc", "memory");                                       \
		ladder_show(value_);                                                      \
		ladder_show(flags_ & 0x8d5);                                              \
	})

void loads(u64 at)
{
	LOAD("mov (%%rdx), %%al", at + next() % 8);
	LOAD("mov (%%rdx), %%ah", at + next() % 8);
	LOAD("movzbl (%%rdx), %%eax", at + next() % 8);
	LOAD("movsbl (%%rdx), %%eax", at + next() % 8);
	LOAD("movsbq (%%rdx), %%rax", at + next() % 8);
	LOAD("mov (%%rdx), %%ax", at + next() % 4 * 2);
	LOAD("movzwl (%%rdx), %%eax", at + next() % 4 * 2);
	LOAD("movswq (%%rdx), %%rax", at + next() % 4 * 2);
	LOAD("mov (%%rdx), %%eax", at + next() % 2 * 4);
	LOAD("movslq (%%rdx), %%rax", at + next() % 2 * 4);
	LOAD("mov (%%rdx), %%rax", at);
	LOAD("add (%%rdx), %%rax", at);
	LOAD("cmp (%%rdx), %%eax", at);
	/* Not aligned, and across two pages. */
	LOAD("mov (%%rdx), %%rax", at - next() % 8);
	LOAD("mov (%%rdx), %%eax", WINDOW + 4096 * (1 + next() % 2) - 1 - next() % 3);
}

void accesses(void)
{
	ladder_show(msr_read(MSR_KEY));
	msr_write(MSR_KEY, next());
	ladder_show(msr_read(MSR_KEY));
	if (next() % 2)
		msr_write(MSR_KEY, next() % 256);
}
