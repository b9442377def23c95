// SPDX-License-Identifier: MIT
#include "../grade.h"

#include <catch.h>
#include <psci.h>

/* Something that only the hypervisor has; shows what its own kernel then gets. */
#define UNDEFINED(insn)                                                           \
	do {                                                                      \
		struct caught caught_ = CATCH(insn);                              \
                                                                                  \
		ladder_show(caught_.esr);                                         \
		ladder_show(caught_.spsr & 0x3cf); /* D, A, I, F; level and stack */ \
		ladder_show(caught_.here);                                        \
	} while (0)

/* What it is shown of the CPU, with its registers full of something else. */
#define SHOWN(reg)                                                                    \
	do {                                                                          \
		u64 value_, kept_ = next(), other_ = kept_;                           \
                                                                                      \
		__asm__ volatile("mrs %0, " reg : "=&r"(value_), "+r"(other_));       \
		ladder_show(value_);                                                  \
		ladder_show(other_ - kept_);                                          \
	} while (0)

static void registers(void)
{
	for (u32 i = 0; i < 3; i++) {
		/* D, A and F as they come: the handler gets them masked, and the old ones kept. */
		__asm__ volatile("msr daif, %0" : : "r"((next() & 15) << 6 | 0x80));
		UNDEFINED("mrs x0, vttbr_el2");
		UNDEFINED("msr hcr_el2, xzr");
		UNDEFINED("mrs x0, mdrar_el1");
		UNDEFINED("hvc #1");
		UNDEFINED("smc #3");
		__asm__ volatile("msr daifset, #15");
		SHOWN("id_aa64pfr0_el1");
		SHOWN("id_aa64isar0_el1");
		SHOWN("id_aa64mmfr0_el1");
		SHOWN("id_aa64mmfr1_el1");
		__asm__ volatile("msr pmcr_el0, %0; msr pmcntenset_el0, %0" : : "r"(next()));
		SHOWN("pmcr_el0");
		SHOWN("pmccntr_el0");
	}
}

static void waits(void)
{
	u64 before = next(), after = before;

	for (u32 i = next() % 5 + 3; i; i--)
		__asm__ volatile("wfi; add %0, %0, #3; mrs x0, pmcr_el0; add %0, %0, #5"
				 : "+r"(after) : : "x0", "memory");
	ladder_show(after - before);
	ladder_show(after);
}

static void firmware(void)
{
	for (u64 n = 0; n < 0x20; n++) {
		ladder_show((u32)psci_hvc(PSCI_FEATURES, 0x84000000 + n, next(), 0));
		ladder_show((u32)psci_smc(PSCI_FEATURES, 0xc4000000 + n, next(), 0));
	}
	for (u32 i = 0; i < 8; i++) {
		u64 upper = next() << 32;

		ladder_show((u32)psci_smc(PSCI_VERSION | upper, next(), next(), next()));
		ladder_show((u32)psci_hvc(PSCI_FEATURES, upper | PSCI_SYSTEM_OFF, 0, 0));
		ladder_show((u32)psci_hvc(0x84000006, next(), 0, 0));
		ladder_show((u32)psci_hvc(0x8400000b + next() % 20, next(), 0, 0));
	}
}

void scenario(u64 what)
{
	if (what == 1)
		registers();
	if (what <= 2)
		waits();
	if (what == 3)
		firmware();
}
