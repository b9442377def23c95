// SPDX-License-Identifier: MIT
#include "../grade.h"
#include "../own.h"

#include <cpu.h>
#include <machine.h>

#define TPR	      0x80
#define SVR	      0xf0
#define IRR	      0x200
#define ICR_HIGH      0x310
#define LVT_TIMER     0x320
#define LVT_PERF      0x340
#define MSR_DEADLINE  0x6e0
#define MODE_DEADLINE (2 << 17)
#define READ_ID	      0x900090
#define READ_ARRAY    0xff00ff

#define APIC(offset) ((volatile u32 *)(LAPIC + (offset)))

#define ACCESS(insn, address, value)                                                       \
	({                                                                                 \
		u64 value_ = (value);                                                      \
		__asm__ volatile(insn : "+a"(value_) : "d"(address), "c"(0ul) : "memory"); \
		value_;                                                                    \
	})

/* Loads and stores of every form: a word of the local APIC, and a chip that shows its id. */
static void accesses(void)
{
	volatile u32 *chip = (volatile u32 *)FLASH_EMULATED;

	for (u32 i = 0; i < 6; i++) {
		volatile u32 *word = APIC(i % 2 ? ICR_HIGH : LVT_PERF);

		ACCESS("mov %%eax, (%%rdx)", word, next());
		ladder_show(ACCESS("mov (%%rdx), %%eax", word, next()));
		ACCESS("movl $0x12345678, 16(%%rdx, %%rcx, 4)", word - 4, next());
		ladder_show(ACCESS("movslq (%%rdx, %%rcx), %%rax", word, next()));
		ACCESS("mov %%eax, 0x1000(%%rdx)", word - 0x400, next() | 0x80000000);
		ladder_show(ACCESS("movslq -64(%%rdx), %%rax", word + 16, next()));
		*chip = READ_ID;
		ladder_show(ACCESS("mov (%%rdx), %%al", chip + next() % 3, next()));
		ladder_show(ACCESS("mov (%%rdx), %%ah", chip + next() % 3, next()));
		ladder_show(ACCESS("movzbl (%%rdx), %%eax", chip + next() % 3, next()));
		ladder_show(ACCESS("movsbq (%%rdx), %%rax", chip + next() % 3, next()));
		ladder_show(ACCESS("mov (%%rdx), %%ax", chip + next() % 3, next()));
		ladder_show(ACCESS("movswl (%%rdx), %%eax", chip + next() % 3, next()));
		ladder_show(ACCESS("mov (%%rdx), %%eax", chip + next() % 3, next()));
		*chip = READ_ARRAY;
	}
}

static u64 now(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

/* Deadlines, and when their interrupts come; the priority keeps them from being taken. */
static void timers(void)
{
	*APIC(SVR) = 0x1ff;
	*APIC(TPR) = 0xff;
	__asm__ volatile("sti");
	for (u32 i = 0; i < 5; i++) {
		u32 vector = 48 + 32 * i + next() % 32;
		u64 wait = 1000 + next() % 20000, deadline;

		*APIC(LVT_TIMER) = vector | MODE_DEADLINE;
		deadline = now() + wait;
		msr_write(MSR_DEADLINE, deadline);
		ladder_show(wait);
		while (!(*APIC(IRR + vector / 32 * 16) & 1u << vector % 32))
			;
		ladder_show(now() >= deadline);
		ladder_show(msr_read(MSR_DEADLINE));
	}
}

void own(u64 what)
{
	if (what == 1)
		accesses();
	if (what == 3)
		timers();
}
