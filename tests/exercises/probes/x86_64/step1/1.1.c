#include <hv/grade.h>

void grade_1_1(void)
{
	static const char *const kinds[] = { "", "'s landing", " (nowhere)", " + 2",
					     " (behind the table)", " (4 GiB too high)" };

	for (u32 i = 0; i < 40; i++) {
		u32 site = grade_below(GRADE_1_1_SITES), kind = i % 8 < 6 ? i % 8 : 0;
		u64 at = (u64)&grade_1_1_sites[site], others = 0;
		struct trap_frame frame, before;
		u64 *words = (u64 *)&frame, *old = (u64 *)&before;
		bool found;

		if (kind == 1)		/* a landing is no place that may fault */
			at = (u64)&grade_1_1_landings[site];
		if (kind == 2)
			at = grade_random();
		if (kind == 3)
			at += 2;
		if (kind == 4)		/* what lies behind the table is no entry of it */
			at = extable_end[0].insn;
		if (kind == 5)
			at += 4 * GiB;
		for (u32 n = 0; n < sizeof(frame) / 8; n++)
			old[n] = grade_random();
		before.rip = at;
		frame = before;
		found = extable_fixup(&frame);
		for (u32 n = 0; n < sizeof(frame) / 8; n++)
			others += &words[n] != &frame.rip && words[n] != old[n];
		tell("site %u%s: %s, goes on %s %ld", site, kinds[kind],
		     found ? "found" : "not found", frame.rip == at ? "where it was" : "at landing",
		     frame.rip == at ? 0l : (long)(frame.rip - (u64)grade_1_1_landings) / 4);
		tell("  %lu other registers of the frame changed", others);
	}
	tell("one of our own: %s", arch_traps_selftest() ? "caught" : "not caught");
}
