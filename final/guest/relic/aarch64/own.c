// SPDX-License-Identifier: MIT
#include "../relic.h"

#define LOAD(insn, at)								\
	({									\
		u64 before_ = fresh(), at_ = (at);				\
		register u64 value_ __asm__("x0") = before_;			\
		register u64 address_ __asm__("x1") = at_;			\
		__asm__ volatile(insn						\
				 : "+r"(value_), "+r"(address_) : : "memory");	\
		value_;								\
	})

u64 now(void)
{
	u64 time;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(time));
	return time;
}

void loads(u64 at)
{
	check_load("ldrb w0, [x1]", at + 7, u8, u64);
	check_load("ldrsb w0, [x1]", at + 3, int8_t, u32);
	check_load("ldrsb x0, [x1]", at + 1, int8_t, int64_t);
	check_load("ldrh w0, [x1]", at + 6, u16, u64);
	check_load("ldrsh w0, [x1]", at + 2, int16_t, u32);
	check_load("ldrsh x0, [x1]", at, int16_t, int64_t);
	check_load("ldr w0, [x1]", at, u32, u64);
	check_load("ldrsw x0, [x1]", at + 4, int32_t, int64_t);
	check_load("ldr x0, [x1]", at, u64, u64);
	check_load("ldr x0, [x1], #8", at, u64, u64);
}

void instructions(volatile u64 *key)
{
	u64 was = *key = fresh(), value;

	__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(value) : : "memory");
	check(value == was && *key == was);
	value = fresh();
	__asm__ volatile("msr pmccntr_el0, %0" : : "r"(value) : "memory");
	check(*key == value);
	__asm__ volatile("mrs xzr, pmccntr_el0" : : : "memory");
	check(*key == value);
	__asm__ volatile("msr pmccntr_el0, xzr" : : : "memory");
	check(*key == 0);
}
