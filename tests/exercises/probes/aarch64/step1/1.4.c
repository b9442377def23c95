#include <hv/grade.h>

void grade_1_4(void)
{
	u64 sctlr = sysreg_read(sctlr_el2);

	for (u32 i = 0; i < 8; i++) {
		sysreg_write(hcr_el2, grade_random() & (HCR_TSC | HCR_TWI | HCR_AMO | HCR_IMO |
							HCR_FMO | HCR_SWIO | HCR_RW));
		sysreg_write(cptr_el2, CPTR_RES1 | (grade_below(2) ? CPTR_TZ : 0));
		sysreg_write(mdcr_el2, grade_random() & 0xfff);
		sysreg_write(cnthctl_el2, grade_below(4));
		isb();
		tell("before: HCR_EL2 %lx, MDCR_EL2 %lx", sysreg_read(hcr_el2),
		     sysreg_read(mdcr_el2));
		arch_hv_disable();
		tell("after: HCR_EL2 %lx, CPTR_EL2 %lx, MDCR_EL2 %lx, CNTHCTL_EL2 %lx; our own MMU "
		     "is %s",
		     sysreg_read(hcr_el2), sysreg_read(cptr_el2), sysreg_read(mdcr_el2),
		     sysreg_read(cnthctl_el2), sysreg_read(sctlr_el2) == sctlr ? "on" : "another");
	}
	arch_hv_enable();
}
