#include <hv/arch.h>
#include <hv/grade.h>

static void grade_5_1_cases(const char *name, u64 (*leaf)(hpa_t, u32, u32))
{
	for (u32 flags = 0; flags < 32; flags++) {
		u32 level = grade_below(3);
		hpa_t hpa = grade_random() & (BIT(40) - 1) & ~(npt_level_size(level) - 1);

		tell("%s: leaf_entry(%lx, %s%s%s%s%s, level %u) = %lx", name, hpa,
		     flags & NPT_READ ? "r" : "-", flags & NPT_WRITE ? "w" : "-",
		     flags & NPT_EXEC ? "x" : "-", flags & NPT_DEVICE ? " device" : "",
		     flags & NPT_OWNED ? " owned" : "", level, leaf(hpa, flags, level));
	}
}

void grade_5_1(void)
{
	/* By way of the format that this CPU has: on x86_64 there are two. */
	grade_5_1_cases(arch_npt_format()->name, arch_npt_format()->leaf_entry);
	grade_guest(1);
}
