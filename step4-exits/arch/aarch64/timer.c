// SPDX-License-Identifier: MIT
#include <arch/sysreg.h>
#include <hv/arch.h>

/*
 * The first event counter (Arm ARM, "The Performance Monitors Extension"), set to retired
 * instructions at all levels. It has 32 bits: enough for what is measured here. A CPU that can't
 * count them, as QEMU without -icount, keeps 0.
 */
u64 arch_instructions(void)
{
	sysreg_write(PMEVTYPER0_EL0, PMEVTYPER_INST_RETIRED | PMEVTYPER_NSH);
	sysreg_write(PMCNTENSET_EL0, BIT(0));
	sysreg_write(PMCR_EL0, sysreg_read(PMCR_EL0) | PMCR_E);
	isb();
	return sysreg_read(PMEVCNTR0_EL0);
}
