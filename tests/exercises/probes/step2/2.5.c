#include <hv/grade.h>

void grade_2_5(void)
{
	u64 words = 64, before;

	for (u32 i = 0; i < 80; i++) {
		u64 index = grade_below(64 * words), count = 1 + grade_below(64 * words - index);
		bool used = grade_below(2);

		if (i % 2)
			count = 1 + grade_below(70);
		if (index + count > 64 * words)
			count = 64 * words - index;
		if (i % 5 == 0) {
			index &= ~63ul;
			count = 64 * (1 + grade_below(words - index / 64));
		}
		if (i % 5 == 1)		/* to a word's end, and one less or more */
			count = 64 - index % 64 + grade_below(3) - 1;
		if (!count || index + count > 64 * words)
			count = 1;
		before = frames.free;
		set_used(index, count, used);
		u64 sum = 0;

		for (u64 w = 0; w < words; w++)
			sum = (sum ^ frames.used[w]) * 0x100000001b3 + w;
		tell("set_used(%lu, %lu, %s): %ld more free, first word %lx, its word %lx, last word "
		     "%lx, sum %lx",
		     index, count, used ? "true" : "false", (long)(frames.free - before),
		     frames.used[0], frames.used[index / 64], frames.used[(index + count - 1) / 64],
		     sum);
	}
	grade_same_frames();
}
