#include <hv/grade.h>

static void grade_1_3_registers(const char *when, bool on)
{
	tell("%s (%s): hstatus %lx, hedeleg %lx, hideleg %lx, hcounteren %lx, henvcfg %lx", when,
	     on ? "true" : "false", csr_read(hstatus), csr_read(hedeleg), csr_read(hideleg),
	     csr_read(hcounteren), csr_read(henvcfg));
}

/* Reading back shows it: of what is written to this register, the lowest bit does not stay. */
static const char *grade_1_3_refuses;

static u64 grade_1_3_taken(const char *name, u64 value)
{
	const char *other = grade_1_3_refuses;

	while (other && *other && (*name | 0x20) == (*other | 0x20))
		name++, other++;
	return other && !*other && !*name ? value & (value - 1) : value;
}

void grade_1_3(void)
{
	static const char *const names[] = { "hstatus", "hedeleg", "hideleg", "hcounteren",
					     "henvcfg" };
	u64 henvcfg = cpu_features.henvcfg;

	grade_1_3_registers("at the start", true);
	for (u32 i = 0; i < 8; i++) {
		csr_write(hstatus, HSTATUS_VSXL_64 | grade_random() % BIT(21));
		csr_write(hedeleg, grade_random());
		csr_write(hideleg, grade_random());
		csr_write(hcounteren, grade_random());
		csr_write(henvcfg, grade_random());
		/* What detection found is what guests get. */
		cpu_features.henvcfg = i % 2 ? henvcfg : henvcfg & grade_random();
		grade_1_3_registers("again", arch_hv_enable());
	}
	/* A register that does not take its value must be noticed. */
	cpu_features.henvcfg = henvcfg | BIT(20) | BIT(21);
	tell("with a bit that is not there: %s", arch_hv_enable() ? "true" : "false");
	cpu_features.henvcfg = henvcfg;
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		grade_1_3_refuses = names[i];
		bool on = arch_hv_enable();

		grade_1_3_refuses = NULL;
		tell("with a bit of %s that does not stay: %s", names[i], on ? "true" : "false");
		grade_1_3_registers("and with all", arch_hv_enable());
	}
	grade_1_3_registers("at the end", arch_hv_enable());
}
