#include <hv/grade.h>

void grade_1_4(void)
{
	for (u32 i = 0; i < 8; i++) {
		csr_write(hstatus, HSTATUS_VSXL_64 | grade_random() % BIT(21) | HSTATUS_VTW);
		csr_write(hedeleg, grade_random());
		csr_write(hideleg, grade_random());
		csr_write(hcounteren, grade_random());
		csr_write(henvcfg, grade_random());
		tell("before: hedeleg %lx, hcounteren %lx", csr_read(hedeleg), csr_read(hcounteren));
		arch_hv_disable();
		tell("after: hstatus %lx, hedeleg %lx, hideleg %lx, hcounteren %lx, henvcfg %lx",
		     csr_read(hstatus), csr_read(hedeleg), csr_read(hideleg), csr_read(hcounteren),
		     csr_read(henvcfg));
	}
	tell("on again: %d", arch_hv_enable());
}
