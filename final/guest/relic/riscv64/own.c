// SPDX-License-Identifier: MIT
#include "../relic.h"

#define LOAD(insn, at)								\
	({									\
		u64 before_ = fresh(), at_ = (at);				\
		register u64 value_ __asm__("a0") = before_;			\
		register u64 address_ __asm__("a1") = at_;			\
		__asm__ volatile(insn " a0, 0(a1)"				\
				 : "+r"(value_) : "r"(address_) : "memory");	\
		value_;								\
	})

u64 now(void)
{
	u64 time;

	__asm__ volatile("rdtime %0" : "=r"(time));
	return time;
}

void loads(u64 at)
{
	check_load("lb", at + 3, int8_t, int64_t);
	check_load("lbu", at + 7, u8, u64);
	check_load("lh", at + 2, int16_t, int64_t);
	check_load("lhu", at + 6, u16, u64);
	check_load("lw", at + 4, int32_t, int64_t);
	check_load("lwu", at, u32, u64);
	check_load("ld", at, u64, u64);
	check_load("c.lw", at, int32_t, int64_t);
	check_load("c.ld", at, u64, u64);
	check_load("lhu", at + 5, u16, u64); /* not aligned */
	check_load("ld", at - 5, u64, u64);
}

/* The instruction with any key and any operand: it reads what was, and leaves what is expected. */
#define check_csr(insn, expected)                                                         \
	do {                                                                              \
		u64 was = *key = fresh(), operand = fresh(), read;                        \
		__asm__ volatile(insn : "=&r"(read) : "r"(operand) : "memory");           \
		check(read == was && *key == (expected));                                 \
	} while (0)

void instructions(volatile u64 *key)
{
	u64 value = fresh();

	check_csr("csrrw %0, vsscratch, %1", operand);
	check_csr("csrrs %0, vsscratch, %1", was | operand);
	check_csr("csrrc %0, vsscratch, %1", was & ~operand);
	check_csr("csrrwi %0, vsscratch, 21", 21);
	check_csr("csrrsi %0, vsscratch, 10", was | 10);
	check_csr("csrrci %0, vsscratch, 6", was & ~6ul);
	check_csr("csrr %0, vsscratch", was);
	check_csr("mv %0, %1; csrrw %0, vsscratch, %0", operand);
	__asm__ volatile("csrw vsscratch, %0" : : "r"(value) : "memory");
	check(*key == value);
}
