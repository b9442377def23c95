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

/* Is it this register? In capitals or not. */
static bool grade_1_3_is(const char *name, const char *other)
{
	while (other && *other && (*name | 0x20) == (*other | 0x20))
		name++, other++;
	return other && !*other && !*name;
}

/* Reading back shows it: of what is written to this register, the lowest bit does not stay. */
static const char *grade_1_3_refuses;

static u64 grade_1_3_taken(const char *name, u64 value)
{
	return grade_1_3_is(name, grade_1_3_refuses) ? value & (value - 1) : value;
}

static u64 grade_1_3_counters;

static u64 grade_1_3_read(const char *name, u64 value)
{
	if (!grade_1_3_counters || !grade_1_3_is(name, "pmcr_el0"))
		return value;
	return (value & ~(0x1ful << PMCR_N_SHIFT)) | grade_1_3_counters << PMCR_N_SHIFT;
}

void grade_1_3(void)
{
	static const char *const names[] = { "hcr_el2", "cptr_el2", "mdcr_el2", "cnthctl_el2" };
	u64 ttbr = sysreg_read(ttbr0_el2);

	grade_1_3_registers("at the start", true);
	for (u32 i = 0; i < 8; i++) {
		sysreg_write(hcr_el2, grade_random() & GRADE_1_3_HCR);
		sysreg_write(cptr_el2, CPTR_RES1 | (grade_below(2) ? CPTR_TZ : 0));
		sysreg_write(mdcr_el2, grade_random() & 0xfff);
		sysreg_write(cnthctl_el2, grade_below(4));
		isb();
		grade_1_3_counters = i % 2 ? 1 + grade_below(5) : 0;
		grade_1_3_registers("again", arch_hv_enable());
		tell("SCTLR_EL2 %lx, our own table is %s", sysreg_read(sctlr_el2),
		     sysreg_read(ttbr0_el2) == ttbr ? "as it was" : "another");
	}
	grade_1_3_counters = 0;
	/* A register that does not take its value must be noticed. */
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		grade_1_3_refuses = names[i];
		bool on = arch_hv_enable();

		grade_1_3_refuses = NULL;
		tell("with a bit of %s that does not stay: %s", names[i], on ? "true" : "false");
		grade_1_3_registers("and with all", arch_hv_enable());
	}
}
