#include <hv/grade.h>

/* Marks frames without the code under test. */
static void grade_2_1_mark(u64 index)
{
	frames.used[index / 64] |= BIT(index % 64);
}

void grade_2_1(void)
{
	u64 base = frames.base, whole = 4096;

	for (u32 i = 0; i < 700 + grade_below(100); i++)
		grade_2_1_mark(grade_below(whole));
	for (u32 i = 0; i < 150; i++) {
		u64 from = grade_below(whole), to = from + grade_below(whole - from);
		u64 count = 1 + grade_below(i % 3 ? 6 : 30), align = 4096ul << grade_below(6);

		/* An odd base: then an aligned index is no aligned address. */
		frames.base = base + 4096 * grade_below(16);
		frames.next = grade_below(whole);	/* whoever calls has looked at that */
		u64 found = find_run(from, to, count, align);

		tell("base %lx, find_run(%lu, %lu, count %lu, align %lx): %lu", frames.base, from,
		     to, count, align, found);
		/* What was found before is in use now. */
		if (i % 4 == 0 && found < to) {
			grade_2_1_mark(found + grade_below(count));
			tell("  and after one of them: %lu", find_run(from, to, count, align));
		}
	}
	/* To the very end, and where it is just enough or one too few. */
	for (u32 i = 0; i < 60; i++) {
		u64 from = 8192 + grade_below(64), count = 1 + grade_below(i % 4 ? 20 : 3000);
		u64 to = from + count + grade_below(3) - 1;

		tell("all free, find_run(%lu, %lu, count %lu, align 1000): %lu", from, to, count,
		     find_run(from, to, count, 4096));
	}
	/* Where only the alignment leads over the end. */
	for (u32 i = 0; i < 60; i++) {
		u64 from = 8192 + grade_below(64), count = 1 + grade_below(6);
		u64 to = from + count + grade_below(32), align = 4096ul << grade_below(6);

		frames.base = base + 4096 * grade_below(16);
		if (i % 2) /* by one frame, or not at all */
			to = (ALIGN_UP(frames.base + from * 4096, align) - frames.base) / 4096 +
			     count - grade_below(2);
		tell("base %lx, all free, find_run(%lu, %lu, count %lu, align %lx): %lu", frames.base,
		     from, to, count, align, find_run(from, to, count, align));
	}
	grade_same_frames();
	for (u32 i = 0; i < 20; i++)
		tell("frame_alloc_contig: %lx",
		     frame_alloc_contig(1 + grade_below(20), 4096ul << grade_below(5)));
	grade_same_frames();
}
