// SPDX-License-Identifier: MIT
/* Works with the mailbox as it comes, and serves its interrupt. */
#include <machine.h>
#include "../mailbox/irq.h"
#include "scenario.h"

#define REG(at)	  (*(volatile u32 *)(MAILBOX + (at)))
#define DATA	  REG(0x04)
#define STATUS	  REG(0x08)
#define THRESHOLD REG(0x0c)
#define CONTROL	  REG(0x10)

static void access(void)
{
	u32 chance = next() % 16, value = next();

	if (chance < 8)
		DATA = value;
	else if (chance < 11)
		ladder_show(DATA);
	else if (chance < 13)
		THRESHOLD = value % 18;
	else if (chance < 14)
		STATUS = value;
	else
		CONTROL = value % 8 == 7 ? 3 : value % 8 > 1;
}

void mailbox(void)
{
	irq_init();
	for (u32 i = 0; i < 120; i++) {
		access();
		ladder_show(STATUS);
		if (!irq_begin())
			continue;
		ladder_show(THRESHOLD);
		/* By chance not enough for the line to fall. */
		for (u32 left = next() % 5; left; left--)
			ladder_show(DATA);
		irq_end();
	}
	ladder_show(REG(0x00));
	ladder_show(CONTROL);
}
