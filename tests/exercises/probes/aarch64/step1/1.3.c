#include <hv/grade.h>

/* All that does us no harm at EL2; TWE, TVM and TRVM are none of ours. */
#define GRADE_1_3_HCR                                                               \
	(HCR_TSC | HCR_TWI | HCR_AMO | HCR_IMO | HCR_FMO | HCR_SWIO | HCR_RW | BIT(14) | \
	 BIT(26) | BIT(30))

static void grade_1_3_registers(const char *when, bool on)
{
	tell("%s (%s): HCR_EL2 %lx, CPTR_EL2 %lx, MDCR_EL2 %lx, CNTHCTL_EL2 %lx", when,
	     on ? "true" : "false", sysreg_read(hcr_el2), sysreg_read(cptr_el2),
	     sysreg_read(mdcr_el2), sysreg_read(cnthctl_el2));
}

void grade_1_3(void)
{
	u64 sctlr = sysreg_read(sctlr_el2), ttbr = sysreg_read(ttbr0_el2);

	grade_1_3_registers("at the start", true);
	for (u32 i = 0; i < 8; i++) {
		sysreg_write(hcr_el2, grade_random() & GRADE_1_3_HCR);
		sysreg_write(cptr_el2, CPTR_RES1 | (grade_below(2) ? CPTR_TZ : 0));
		sysreg_write(mdcr_el2, grade_random() & 0xfff);
		sysreg_write(cnthctl_el2, grade_below(4));
		isb();
		grade_1_3_registers("again", arch_hv_enable());
		tell("our own table is %s", sysreg_read(sctlr_el2) == sctlr &&
		     sysreg_read(ttbr0_el2) == ttbr ? "as it was" : "another");
	}
}
