// SPDX-License-Identifier: MIT
#include "../grade.h"
#include "../own.h"

#include <machine.h>

#define GIC(offset) (*(volatile u32 *)(GICD + (offset)))
#define CPU(offset) (*(volatile u32 *)(GICC + (offset)))

#define CTLR       0x000
#define ISENABLER  0x100
#define ICENABLER  0x180
#define ISPENDR    0x200
#define IPRIORITYR 0x400
#define PMR        0x004
#define IAR        0x00c
#define EOIR       0x010

/* The instruction has its value in x0 and its address in x1, which it may move. */
#define ACCESS(insn, address, value)                                                           \
	({                                                                                     \
		register u64 value_ __asm__("x0") = (value);                                   \
		register u64 address_ __asm__("x1") = (u64)(address);                          \
		__asm__ volatile(insn : "+r"(value_), "+r"(address_) : : "x9", "memory");      \
		u64 seen_ = value_, moved_ = address_ - (u64)(address);                        \
		ladder_show(moved_); /* which uses x0 and x1 itself */                         \
		seen_;                                                                         \
	})

/* The same with the stack pointer as its address. */
#define ON_STACK(insn) "mov x9, sp; mov sp, x1; " insn "; mov x1, sp; mov sp, x9"

/* Loads and stores of every form: of the bytes in which the GIC keeps priorities. */
static void accesses(void)
{
	volatile u8 *at = (volatile u8 *)(GICD + IPRIORITYR + 48);

	for (u32 i = 0; i < 3; i++) {
		ACCESS("strb w0, [x1]", at, next());
		ladder_show(ACCESS("ldrsb w0, [x1]", at, next()));
		ladder_show(ACCESS("ldrsb x0, [x1]", at, next()));
		ladder_show(ACCESS("ldrb w0, [x1]", at, next()));
		ACCESS("str w0, [x1]", at, next());
		ladder_show(ACCESS("ldrsw x0, [x1]", at, next()));
		ladder_show(ACCESS("ldr w0, [x1]", at, next()));
		ACCESS("strb w0, [x1], #1", at, next());
		ladder_show(ACCESS("ldrb w0, [x1, #-3]!", at + 3, next()));
		ladder_show(ACCESS("ldrsb x0, [x1], #255", at, next()));
		ladder_show(ACCESS("ldrsb w0, [x1], #-256", at, next()));
		ACCESS("str w0, [x1, #4]!", at - 4, next());
		ladder_show(ACCESS("ldrsw x0, [x1], #8", at, next()));
		ladder_show(ACCESS("ldr wzr, [x1], #4", at, next()));
		ladder_show(ACCESS(ON_STACK("ldr w0, [sp], #16"), at, next()));
		ACCESS(ON_STACK("str wzr, [sp, #-16]!"), at + 16, next());
		ladder_show(ACCESS("ldr w0, [x1]", at, next()));
	}
}

/* Acknowledges and ends one interrupt; 1023: there is none. */
static u32 take(void)
{
	u32 iar = CPU(IAR);

	if ((iar & 0x3ff) < 1020)
		CPU(EOIR) = iar;
	return iar;
}

static void gic_on(void)
{
	__asm__ volatile("msr daifset, #15");
	GIC(CTLR) = 1;
	CPU(PMR) = 0xff;
	CPU(CTLR) = 1;
}

/* Deadlines, and when their interrupts come. */
static void timers(void)
{
	gic_on();
	GIC(ISENABLER) = 1u << 27 | 1u << 30;
	for (u32 i = 0; i < 8; i++) {
		u64 now, wait = 10000 + next() % 200000, deadline;
		u32 iar;

		__asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(now));
		deadline = now + wait;
		if (i % 2)
			__asm__ volatile("msr cntp_cval_el0, %0; msr cntp_ctl_el0, %1; isb" : :
					 "r"(deadline), "r"(1ul));
		else
			__asm__ volatile("msr cntv_cval_el0, %0; msr cntv_ctl_el0, %1; isb" : :
					 "r"(deadline), "r"(1ul));
		do {
			__asm__ volatile("wfi" : : : "memory");
			iar = CPU(IAR);
		} while (iar == 1023);
		__asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(now));
		__asm__ volatile("msr cntp_ctl_el0, xzr; msr cntv_ctl_el0, xzr; isb");
		CPU(EOIR) = iar;
		ladder_show(wait);
		ladder_show(iar);
		ladder_show(now >= deadline);
	}
}

/* Shared interrupts that are pending at once, each with a priority: in which order they come. */
static void priorities(void)
{
	gic_on();
	for (u32 round = 0; round < 6; round++) {
		u32 pending = next();

		GIC(ISENABLER + 8) = 0;
		GIC(ICENABLER + 8) = ~0u;
		for (u32 n = 0; n < 32; n += 4)
			GIC(IPRIORITYR + 64 + n) = next() & 0x30303030;
		GIC(ISPENDR + 8) = pending;
		GIC(ISENABLER + 8) = round % 2 ? ~0u : next();
		for (u32 n = 0; n < 32; n++)
			ladder_show(take());
	}
}

void own(u64 what)
{
	if (what == 1)
		accesses();
	if (what == 3)
		timers();
	if (what == 4)
		priorities();
}
