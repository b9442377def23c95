// SPDX-License-Identifier: MIT
/* SOURCES: core/host.c arch/riscv64/board.c lib/printf.c */
/* NEEDS: libfdt */
#include "host_tree.h"

TEST(what_only_this_isas_tree_tells)
{
	CHECK(!probe());
	CHECK_EQUAL(host.console_irq, 10);
	CHECK_EQUAL(host.irqchip[0].base, 0xc000000);
	CHECK_EQUAL(host.power.base, 0x100000);
	CHECK_EQUAL(host.time_frequency, 10000000);
	CHECK(!strcmp(host.isa, "rv64imafdch_zicsr") && !strcmp(host.mmu, "riscv,sv57"));
}

TEST(what_is_missing_is_said)
{
	SAYS(no_irqchip = true, "PLIC");
	SAYS(no_power = true, "sifive,test0");
}
