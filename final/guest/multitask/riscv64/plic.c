// SPDX-License-Identifier: MIT
/* The platform-level interrupt controller, as far as one hart and one device need it. */
#include "platform.h"

#define CONTEXT 1 /* hart 0: context 0 is M-mode, 1 is S-mode */

static volatile u32 *reg(u64 offset)
{
	return (volatile u32 *)(PLIC_BASE + offset);
}

static volatile u32 *claim_complete(void)
{
	return reg(0x200004 + 0x1000 * CONTEXT);
}

void plic_enable(u32 irq)
{
	*reg(4 * irq) = 1; /* priority: 0 would mean never */
	*reg(0x2000 + 0x80 * CONTEXT + irq / 32 * 4) |= 1u << irq % 32;
	*reg(0x200000 + 0x1000 * CONTEXT) = 0; /* threshold: let all through */
}

u32 plic_claim(void)
{
	return *claim_complete();
}

void plic_complete(u32 irq)
{
	*claim_complete() = irq;
}
