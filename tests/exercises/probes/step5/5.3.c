#include <hv/arch.h>
#include <hv/grade.h>

void grade_5_3(void)
{
	struct npt_format format = *arch_npt_format();
	struct npt npt = { .format = &format };

	for (u32 i = 0; i < 120; i++) {
		u64 step = 4096ul << 3 * grade_below(8), size = 4096 * (1 + grade_below(8));
		gpa_t gpa = grade_random() & (BIT(38) - 1) & ~(step - 1);
		hpa_t hpa = grade_random() & (BIT(38) - 1) & ~((4096ul << 9 * grade_below(3)) - 1);

		if (i % 3 == 0)
			hpa = gpa ^ (grade_below(16) * GiB);
		size = grade_below(3) ? size << 9 * grade_below(3) : size + grade_below(4) * GiB;
		if (i % 5 == 0)
			size = npt_level_size(grade_below(3)) - (grade_below(2) ? 4096 : 0);
		format.max_leaf = grade_below(3);
		size = size ? size : 4096;
		tell("largest_level(gpa %lx, hpa %lx, size %lx), leaves up to level %u: %u", gpa,
		     hpa, size, format.max_leaf, largest_level(&npt, gpa, hpa, size));
	}
	/* All but one of the conditions, and only just. */
	for (u32 i = 0; i < 60; i++) {
		u32 level = 1 + i / 3 % 2;
		u64 step = npt_level_size(level), size = step + 4096 * (i % 3) - 4096;
		gpa_t gpa = grade_random() & (BIT(38) - 1) & ~(step - 1);
		hpa_t hpa = grade_random() & (BIT(38) - 1) & ~(step - 1);

		if (i % 12 >= 9)
			*(i % 2 ? &gpa : &hpa) += step / 2;
		if (i % 12 == 8) { /* neither, though their sum is */
			gpa += step / 2;
			hpa += step / 2;
		}
		format.max_leaf = 2;
		tell("largest_level(gpa %lx, hpa %lx, size %lx), leaves up to level 2: %u", gpa,
		     hpa, size, largest_level(&npt, gpa, hpa, size));
	}
	grade_guest(1);
}
