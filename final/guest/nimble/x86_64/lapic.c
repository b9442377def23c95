// SPDX-License-Identifier: MIT
/* The local APIC (SDM 11.4) in either form, with the registers that NimbOS uses and no others. */
#include "platform.h"

/* Offsets in its page; as an MSR, a register is X2APIC + offset / 16 (SDM 11.12.1.2). */
#define X2APIC	      0x800
#define EOI	      0x0b0
#define SPURIOUS      0x0f0
#define LVT_TIMER     0x320
#define LVT_LINT0     0x350
#define LVT_LINT1     0x360
#define LVT_ERROR     0x370
#define INITIAL_COUNT 0x380
#define CURRENT_COUNT 0x390
#define DIVIDE	      0x3e0

#define MSR_APIC_BASE	 0x1b
#define APIC_BASE_EXTD	 (1ul << 10)
#define APIC_BASE_ENABLE (1ul << 11)
#define CPUID_ECX_X2APIC (1u << 21)
#define SPURIOUS_ENABLE	 0x100
#define LVT_MASKED	 0x10000
#define LVT_PERIODIC	 0x20000
#define DIVIDE_BY_1	 0x0b
#define FIRST_COUNT	 10000000

static bool by_msr;
static u32 ticks_per_10ms;

static void write(u32 offset, u32 value)
{
	if (by_msr)
		msr_write(X2APIC + offset / 16, value);
	else
		*(volatile u32 *)(LAPIC + offset) = value;
}

static u32 read(u32 offset)
{
	return by_msr ? msr_read(X2APIC + offset / 16) : *(volatile u32 *)(LAPIC + offset);
}

void lapic_init(void)
{
	by_msr = cpuid(1).ecx & CPUID_ECX_X2APIC;
	msr_write(MSR_APIC_BASE,
		  msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE | (by_msr ? APIC_BASE_EXTD : 0));
	write(LVT_ERROR, VECTOR_ERROR);
	write(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	write(LVT_LINT0, LVT_MASKED);
	write(LVT_LINT1, LVT_MASKED);
	write(DIVIDE, DIVIDE_BY_1);
	write(LVT_TIMER, LVT_PERIODIC | VECTOR_TIMER);
	write(INITIAL_COUNT, FIRST_COUNT);
}

/* @wait takes 10 ms, in which the timer must not come to its end. */
void lapic_calibrate(void (*wait)(void))
{
	write(INITIAL_COUNT, ~0u);
	wait();
	ticks_per_10ms = ~0u - read(CURRENT_COUNT);
	if (!ticks_per_10ms)
		panic("the local APIC's timer does not count");
	write(LVT_TIMER, VECTOR_TIMER); /* one-shot from now on */
}

void lapic_tick(void)
{
	write(INITIAL_COUNT, ticks_per_10ms);
}

void lapic_complete(void)
{
	write(EOI, 0);
}
