// SPDX-License-Identifier: MIT
#include <catch.h>
#include <cpu.h>
#include <machine.h>
#include "../bench.h"

#define LAPIC_VERSION (*(volatile u32 *)(LAPIC + 0x30))

#define MSR_APIC_BASE	    0x1b
#define MSR_TSC_DEADLINE    0x6e0
#define MSR_X2APIC_EOI	    0x80b
#define MSR_X2APIC_SPURIOUS 0x80f
#define MSR_X2APIC_TIMER    0x832
#define TSC_DEADLINE	    0x40000 /* the timer's mode (SDM 11.5.4) */

/* From the interrupt to the reading of the time: those of catch.S, and that one. */
#define CATCHING 6

extern u8 _start[]; /* where the guest's memory begins */

u8 *const bench_fresh = _start + (12 << 20);

/* With -icount shift=0 an instruction takes a nanosecond, and so does a count of the TSC. */
u64 bench_now(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

void bench_mmio_read(void)
{
	(void)LAPIC_VERSION;
}

static void let_the_timer_in(void)
{
	catch_init();
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | 0xc00); /* x2APIC */
	msr_write(MSR_X2APIC_SPURIOUS, 0x1ff);
	msr_write(MSR_X2APIC_TIMER, TSC_DEADLINE | VECTOR_INTERRUPT);
}

u64 bench_timer_irq(void)
{
	struct caught caught;
	u64 due, came;

	let_the_timer_in();
	/* Far enough that the guest waits when it comes. */
	due = bench_now() + 20000;
	msr_write(MSR_TSC_DEADLINE, due);
	caught = CATCH("sti; 3: jmp 3b");
	came = bench_now();
	check(caught.vector == VECTOR_INTERRUPT);
	msr_write(MSR_X2APIC_EOI, 0);
	return came - due - CATCHING;
}
