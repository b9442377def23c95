// SPDX-License-Identifier: MIT
/* The GICv2 (IHI 0048B), as far as one CPU and a few interrupts need it. */
#include "platform.h"

#define GICD_CTLR	0x000
#define GICD_ISENABLER	0x100
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR	0x800
#define GICD_SGIR	0xf00
#define GICC_CTLR	0x0
#define GICC_PMR	0x4
#define GICC_IAR	0xc
#define GICC_EOIR	0x10

#define PRIORITY   0xa0
#define LET_ALL_IN 0xff
#define TO_CPU_0   (1 << 16)
#define TO_MYSELF  (2 << 24)

static u32 sgis_taken; /* one bit each */

static volatile u32 *reg(u64 offset)
{
	return (volatile u32 *)(GICD_BASE + offset);
}

static volatile u32 *cpu_reg(u64 offset)
{
	return (volatile u32 *)(GICC_BASE + offset);
}

void gic_enable(u32 irq)
{
	*((volatile u8 *)reg(GICD_IPRIORITYR) + irq) = PRIORITY;
	if (irq >= 32) /* the others are each CPU's own */
		*((volatile u8 *)reg(GICD_ITARGETSR) + irq) = 1;
	*reg(GICD_ISENABLER + irq / 32 * 4) = 1u << irq % 32;
}

/*
 * More software interrupts at once than a virtual interface has list registers: what does not fit
 * must come later, and no one may come twice.
 */
static void try_software_interrupts(void)
{
	for (u32 irq = 0; irq < NR_SGIS; irq++) {
		gic_enable(irq);
		*reg(GICD_SGIR) = (irq % 2 ? TO_CPU_0 : TO_MYSELF) | irq;
	}
	__asm__ volatile("dsb sy" ::: "memory");
	for (u32 i = 0; i < NR_SGIS && sgis_taken != (1u << NR_SGIS) - 1; i++)
		arch_take_interrupts();
	if (sgis_taken != (1u << NR_SGIS) - 1)
		panic("of %u software interrupts only these came: %x", NR_SGIS, sgis_taken);
}

void gic_init(void)
{
	*reg(GICD_CTLR) = 1;
	*cpu_reg(GICC_PMR) = LET_ALL_IN;
	*cpu_reg(GICC_CTLR) = 1;
	try_software_interrupts();
}

/* The number, and for a software interrupt who sent it: gic_complete() wants both back. */
u32 gic_acknowledge(void)
{
	return *cpu_reg(GICC_IAR);
}

void gic_complete(u32 iar)
{
	*cpu_reg(GICC_EOIR) = iar;
}

void gic_software_interrupt(u32 irq)
{
	if (sgis_taken & 1u << irq)
		panic("GIC: software interrupt %u came twice", irq);
	sgis_taken |= 1u << irq;
}
