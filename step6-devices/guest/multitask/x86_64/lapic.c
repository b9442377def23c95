// SPDX-License-Identifier: MIT
/* The local APIC (SDM 11.4), by its page of memory, and by MSRs (SDM 11.12) where it has those. */
#include "platform.h"

/* Offsets in the page; the MSR of a register is X2APIC + offset / 16. */
#define X2APIC	      0x800
#define EOI	      0x0b0
#define SPURIOUS      0x0f0
#define ICR_LOW	      0x300
#define LVT_TIMER     0x320
#define INITIAL_COUNT 0x380
#define CURRENT_COUNT 0x390
#define DIVIDE	      0x3e0
#define SELF_IPI      0x3f0 /* as an MSR only */

#define PIC_MASK	0x21 /* ports of the two 8259s */
#define SECOND_PIC_MASK 0xa1

#define APIC_BASE_EXTD	 (1ul << 10)
#define CPUID_ECX_X2APIC (1u << 21)
#define SPURIOUS_ENABLE	 0x100
#define ICR_TO_MYSELF	 0x40000
#define DIVIDE_BY_1	 0x0b

static bool by_msr;
static u32 tried; /* interrupts that lapic_init() sent and that came */

static void write(u32 offset, u32 value)
{
	if (by_msr)
		msr_write(X2APIC + offset / 16, value);
	else
		*(volatile u32 *)(LAPIC + offset) = value;
}

void lapic_tried(void)
{
	tried++;
}

/* One that is sent twice before it is taken comes once (SDM 11.8.4). */
static void try_interrupts(u32 must_have_come)
{
	lapic_send_to_myself(VECTOR_TRY);
	lapic_send_to_myself(VECTOR_TRY);
	arch_take_interrupts();
	arch_take_interrupts();
	if (tried != must_have_come)
		panic("local APIC: %u interrupts came of %u", tried, must_have_come);
}

void lapic_init(void)
{
	out8(PIC_MASK, 0xff); /* theirs would come as exceptions' vectors */
	out8(SECOND_PIC_MASK, 0xff);
	write(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	try_interrupts(1);
	if (!(cpuid(1).ecx & CPUID_ECX_X2APIC))
		return;
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_EXTD);
	by_msr = true;
	try_interrupts(2);
}

/* One-shot. */
void lapic_timer(u32 ticks)
{
	write(LVT_TIMER, VECTOR_TIMER);
	write(DIVIDE, DIVIDE_BY_1);
	write(INITIAL_COUNT, ticks);
}

void lapic_send_to_myself(u32 vector)
{
	if (by_msr)
		write(SELF_IPI, vector);
	else
		write(ICR_LOW, ICR_TO_MYSELF | vector);
}

void lapic_complete(void)
{
	write(EOI, 0);
}
