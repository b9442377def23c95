#include <hv/grade.h>

static void grade_1_3_registers(const char *when, bool on)
{
	tell("%s (%s): hstatus %lx, hedeleg %lx, hideleg %lx, hcounteren %lx, henvcfg %lx", when,
	     on ? "true" : "false", csr_read(hstatus), csr_read(hedeleg), csr_read(hideleg),
	     csr_read(hcounteren), csr_read(henvcfg));
}

void grade_1_3(void)
{
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
	grade_1_3_registers("with a bit that is not there", arch_hv_enable());
	cpu_features.henvcfg = henvcfg;
	grade_1_3_registers("at the end", arch_hv_enable());
}
