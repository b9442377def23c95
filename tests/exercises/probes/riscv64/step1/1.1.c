#include <hv/grade.h>

void grade_1_1(void)
{
	for (u32 i = 0; i < 40; i++) {
		u32 site = grade_below(GRADE_1_1_SITES);
		struct trap_frame frame;
		u64 before[4] = { grade_random(), grade_random(), grade_random(), 0 };
		u64 at = (u64)&grade_1_1_sites[site] + (i % 4 == 3 ? 2 : 0);
		bool found;

		if (i % 8 == 1)		/* a landing is no place that may fault */
			at = (u64)&grade_1_1_landings[site];
		if (i % 8 == 2)
			at = i % 16 == 2 ? grade_random() : at | (1 + grade_below(255)) << 32;
		if (i % 8 == 4)		/* what lies behind the table is no entry of it */
			at = extable_end[0].insn;
		frame.gpr[10] = before[0];
		frame.gpr[2] = before[1];
		frame.sstatus = before[2];
		frame.sepc = at;
		found = extable_fixup(&frame);
		tell("site %u%s: %s, goes on %s %ld", site, i % 8 == 1 ? "'s landing" : i % 8 == 2 ?
		     " (nowhere)" : i % 8 == 4 ? " (behind the table)" : i % 4 == 3 ? " + 2" : "", found ? "found" : "not found",
		     frame.sepc == at ? "where it was" : "at landing",
		     frame.sepc == at ? 0l : (long)(frame.sepc - (u64)grade_1_1_landings) / 4);
		tell("  other registers are %s",
		     frame.gpr[10] == before[0] && frame.gpr[2] == before[1] &&
		     frame.sstatus == before[2] ? "as they were" : "changed");
	}
	tell("one of our own: %s", arch_traps_selftest() ? "caught" : "not caught");
}
