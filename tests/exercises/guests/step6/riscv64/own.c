// SPDX-License-Identifier: MIT
#include "../grade.h"
#include "../own.h"

#include <machine.h>
#include <sbi.h>

#define ACCESS(insn, address, value)                                                           \
	({                                                                                     \
		register u64 value_ __asm__("a0") = (value);                                   \
		register volatile void *address_ __asm__("a1") = (address);                    \
		__asm__ volatile(insn : "+r"(value_) : "r"(address_) : "memory");              \
		value_;                                                                        \
	})

/* Loads and stores of every form: a byte register of the UART, a word register of the PLIC. */
static void accesses(void)
{
	volatile u8 *scratch = (volatile u8 *)(UART + 7);
	volatile u32 *priority = (volatile u32 *)(PLIC + 4 * 5);

	for (u32 i = 0; i < 6; i++) {
		ACCESS("sb a0, 0(a1)", scratch, next());
		ladder_show(ACCESS("lb a0, 0(a1)", scratch, next()));
		ladder_show(ACCESS("lbu a0, 0(a1)", scratch, next()));
		ACCESS("sw a0, 0(a1)", priority, next());
		ladder_show(ACCESS("lw a0, 0(a1)", priority, next()));
		ladder_show(ACCESS("lwu a0, 0(a1)", priority, next()));
		ACCESS("c.sw a0, 0(a1)", priority, next());
		ladder_show(ACCESS("c.lw a0, 0(a1)", priority, next()));
	}
}

/* Deadlines, and when their interrupts come. */
static void timers(void)
{
	for (u32 i = 0; i < 5; i++) {
		u64 now, deadline, wait = 1000 + next() % 20000;

		__asm__ volatile("rdtime %0" : "=r"(now));
		deadline = now + wait;
		sbi_call(0x54494d45, 0, deadline, 0, 0);
		__asm__ volatile("csrs sie, %0" : : "r"(1ul << 5));
		ladder_show(wait);
		__asm__ volatile("wfi");
		__asm__ volatile("rdtime %0" : "=r"(now));
		ladder_show(now >= deadline);
		sbi_call(0x54494d45, 0, ~0ul, 0, 0);
	}
}

void own(u64 what)
{
	if (what == 1)
		accesses();
	if (what == 3)
		timers();
}
