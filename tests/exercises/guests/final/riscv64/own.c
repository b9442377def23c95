// SPDX-License-Identifier: MIT
#include "../grade.h"
#include "../window.h"

#define LOAD(insn, at)								\
	({									\
		u64 before_ = next(), at_ = (at);				\
		register u64 value_ __asm__("a0") = before_;			\
		register u64 address_ __asm__("a1") = at_;			\
		__asm__ volatile(insn ", 0(a1)"					\
				 : "+r"(value_) : "r"(address_) : "memory");	\
		ladder_show(value_);						\
	})

#define CSR(insn)                                                                         \
	({                                                                                \
		u64 read_ = next(), operand_ = next();                                    \
		__asm__ volatile(insn : "+&r"(read_) : "r"(operand_) : "memory");         \
		ladder_show(read_);                                                       \
	})

void loads(u64 at)
{
	LOAD("lb a0", at + next() % 8);
	LOAD("lbu a0", at + next() % 8);
	LOAD("lh a0", at + next() % 4 * 2);
	LOAD("lhu a0", at + next() % 4 * 2);
	LOAD("lw a0", at + next() % 2 * 4);
	LOAD("lwu a0", at + next() % 2 * 4);
	LOAD("ld a0", at);
	LOAD("ld zero", at);
	LOAD("c.lw a0", at + next() % 2 * 4);
	LOAD("c.ld a0", at);
	/* Not aligned, and across two pages. */
	LOAD("ld a0", at - next() % 8);
	LOAD("lw a0", WINDOW + 4096 * (1 + next() % 2) - 1 - next() % 3);
}

void accesses(void)
{
	CSR("csrrw %0, vsscratch, %1");
	CSR("csrrs %0, vsscratch, %1");
	CSR("csrrc %0, vsscratch, %1");
	CSR("csrrwi %0, vsscratch, 19");
	CSR("csrrw %0, vsscratch, %0");
	CSR("csrrsi %0, vsscratch, 12");
	CSR("csrrci %0, vsscratch, 26");
	CSR("csrrs %0, vsscratch, zero");
	CSR("csrrw zero, vsscratch, %1");
	CSR("csrrs zero, vsscratch, %1");
}
