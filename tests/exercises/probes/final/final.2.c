#include <hv/arch.h>
#include <hv/grade.h>

static void grade_final_2_flush(u64 token, gpa_t gpa, u64 size)
{
	(void)token;
	tell("  flush of [%lx, %lx)", gpa, gpa + size);
}

static void grade_final_2_maps(const struct npt_mapping *mapping, void *sum)
{
	*(u64 *)sum = (*(u64 *)sum ^ mapping->gpa) * 0x100000001b3 + mapping->hpa + mapping->level +
		      mapping->flags;
}

void grade_final_2(void)
{
	struct npt_format format = *arch_npt_format();
	struct npt npt;

	npt_create(&npt, &format, 1);
	npt.cpus = BIT(0);
	format.flush = grade_final_2_flush;
	for (u32 i = 0; i < 24; i++) {
		gpa_t gpa = 4096 * grade_below(4096);
		u64 size = 4096 * (1 + grade_below(i % 4 == 3 ? 4 : 3000)), sum = 0;
		hpa_t hpa = 4 * GiB + (i % 4 ? gpa : 4096 * grade_below(4096));
		bool done;

		tell("mapping [%lx, %lx): %s", gpa, gpa + size,
		     npt_map_region(&npt, gpa, hpa, size, NPT_READ) ? "true" : "false");
		gpa = ALIGN_DOWN(gpa, 2 * MiB) + 4096 * grade_below(600);
		size = 4096 * (1 + grade_below(i % 2 ? 700 : 3));
		if (i % 3 == 1) {	/* large entries, from end to end */
			gpa = ALIGN_DOWN(gpa, 2 * MiB);
			size = 2 * MiB * (1 + grade_below(3));
		}
		tell("unmapping [%lx, %lx):", gpa, gpa + size);
		done = npt_unmap_region(&npt, gpa, size);
		npt_walk(&npt, grade_final_2_maps, &sum);
		tell("  %s; what is left has the sum %lx", done ? "true" : "false", sum);
	}
	grade_same_frames();
	grade_guest(1);
}
