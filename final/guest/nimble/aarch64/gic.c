// SPDX-License-Identifier: MIT
/*
 * The GICv2 (IHI 0048B), with the registers that NimbOS uses and no others: it sets no priority and
 * no target, and never writes GICC_DIR.
 */
#include "platform.h"

#define GICD_CTLR      0x000
#define GICD_TYPER     0x004
#define GICD_ISENABLER 0x100
#define GICD_ICENABLER 0x180
#define GICD_ICPENDR   0x280
#define GICD_ICFGR     0xc00
#define GICC_CTLR      0x0
#define GICC_PMR       0x4
#define GICC_IAR       0xc
#define GICC_EOIR      0x10

static volatile u32 *reg(u64 offset)
{
	return (volatile u32 *)(GICD_BASE + offset);
}

static volatile u32 *cpu_reg(u64 offset)
{
	return (volatile u32 *)(GICC_BASE + offset);
}

void gic_init(void)
{
	u32 blocks = (*reg(GICD_TYPER) & 31) + 1; /* of 32 interrupts */

	for (u32 i = 0; i < blocks; i++) {
		*reg(GICD_ICENABLER + 4 * i) = ~0u;
		*reg(GICD_ICPENDR + 4 * i) = ~0u;
	}
	for (u32 i = 2; i < 2 * blocks; i++)
		*reg(GICD_ICFGR + 4 * i) = 0;
	*reg(GICD_CTLR) = 1;
	*cpu_reg(GICC_PMR) = 0xff;
	*cpu_reg(GICC_CTLR) = 1;
	*reg(GICD_ISENABLER) = 1u << TIMER_IRQ;
}

u32 gic_acknowledge(void)
{
	return *cpu_reg(GICC_IAR);
}

void gic_complete(u32 iar)
{
	*cpu_reg(GICC_EOIR) = iar;
}
