// SPDX-License-Identifier: MIT
/* SOURCES: core/host.c arch/aarch64/board.c lib/printf.c */
/* NEEDS: libfdt */
#include "host_tree.h"
#include <arch/board.h>

TEST(what_only_this_isas_tree_tells)
{
	CHECK(!probe());
	CHECK_EQUAL(host.console_irq, 33);
	CHECK_EQUAL(host.irqchip[GIC_DISTRIBUTOR].base, 0x8000000);
	CHECK_EQUAL(host.irqchip[GIC_CPU_INTERFACE].base, 0x8010000);
	CHECK_EQUAL(host.irqchip[GIC_VIRTUAL_CONTROL].base, 0x8030000);
	CHECK_EQUAL(host.irqchip[GIC_VIRTUAL_CPU_INTERFACE].base, 0x8040000);
	CHECK_EQUAL(host.irqchip_irq, 25);
	CHECK_EQUAL(host.time_frequency, 62500000);
	CHECK(!strcmp(host.isa, "arm,cortex-a72"));
	CHECK_EQUAL(mapped_ram, 0x54000000);
}

TEST(what_is_missing_is_said)
{
	SAYS(no_irqchip = true, "GICv2");
	SAYS(half_an_irqchip = true, "GICv2");
	SAYS(no_power = true, "PSCI");
	SAYS(psci_method = "none", "PSCI");
}

TEST(psci_by_hvc_will_do)
{
	want.psci_method = "hvc";
	CHECK(!probe());
}
