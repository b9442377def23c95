// SPDX-License-Identifier: MIT
#include "../relic.h"

#include <cpu.h>

#define MSR_KEY 0x40000080

/* What is in rax behind it, where all bits were 1. */
#define LOAD(insn, at)                                                                 \
	({                                                                             \
		u64 value_ = ~0ul;                                                     \
		__asm__ volatile(insn : "+a"(value_) : "d"(at) : "cc", "memory");      \
		value_;                                                                \
	})

u64 now(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

void loads(u64 at)
{
	check_load("movzbl (%%rdx), %%eax", at + 7, u8, u64);
	check_load("movsbl (%%rdx), %%eax", at + 3, int8_t, u32);
	check_load("movsbq (%%rdx), %%rax", at + 1, int8_t, int64_t);
	check_load("movzwl (%%rdx), %%eax", at + 6, u16, u64);
	check_load("movswl (%%rdx), %%eax", at + 2, int16_t, u32);
	check_load("movswq (%%rdx), %%rax", at, int16_t, int64_t);
	check_load("mov (%%rdx), %%eax", at, u32, u64);
	check_load("movslq (%%rdx), %%rax", at + 4, int32_t, int64_t);
	check_load("mov (%%rdx), %%rax", at, u64, u64);
	check_load("and (%%rdx), %%rax", at, u64, u64);
	check_load("mov (%%rdx), %%rax", at - 5, u64, u64); /* not aligned */
	/* Less than four bytes leave the others alone. */
	check(LOAD("mov (%%rdx), %%ax", at + 4) == (~0xfffful | in_window(at + 4, 2)));
	check(LOAD("mov (%%rdx), %%ah", at + 5) == (~0xff00ul | in_window(at + 5, 1) << 8));
}

void instructions(volatile u64 *key)
{
	u64 value = *key = fresh();

	check(msr_read(MSR_KEY) == value && *key == value);
	value = fresh();
	msr_write(MSR_KEY, value);
	check(*key == value);
}
