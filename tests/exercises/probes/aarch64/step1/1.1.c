#include <hv/grade.h>

void grade_1_1(void)
{
	static const char *const kinds[] = { "", "'s landing", " (nowhere)", " + 2",
					     " (behind the table)" };

	for (u32 i = 0; i < 40; i++) {
		u32 site = grade_below(GRADE_1_1_SITES), kind = i % 8 < 5 ? i % 8 : 0;
		u64 at = (u64)&grade_1_1_sites[site], spsr = sysreg_read(spsr_el2), elr;
		bool found;

		if (kind == 1)		/* a landing is no place that may fault */
			at = (u64)&grade_1_1_landings[site];
		if (kind == 2)
			at = i % 16 == 2 ? grade_random() : at | (1 + grade_below(255)) << 32;
		if (kind == 3)
			at += 2;
		if (kind == 4)		/* what lies behind the table is no entry of it */
			at = extable_end[0].insn;
		sysreg_write(elr_el2, at);
		found = extable_fixup();
		elr = sysreg_read(elr_el2);
		tell("site %u%s: %s, goes on %s %ld, SPSR_EL2 is %s", site, kinds[kind],
		     found ? "found" : "not found", elr == at ? "where it was" : "at landing",
		     elr == at ? 0l : (long)(elr - (u64)grade_1_1_landings) / 4,
		     sysreg_read(spsr_el2) == spsr ? "kept" : "changed");
	}
	tell("one of our own: %s", arch_traps_selftest() ? "caught" : "not caught");
}
