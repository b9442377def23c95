#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grade.h>

static u64 *grade_5_4_entry;

/* Stands in for the format's own: tells when it is called, and what the entry holds then. */
static void grade_5_4_flush(u64 token, gpa_t gpa, u64 size)
{
	(void)token;
	tell("  flush of [%lx, %lx) while the entry is %lx", gpa, gpa + size, *grade_5_4_entry);
}

static u64 grade_5_4_sum(const u64 *words)
{
	u64 sum = 0;

	for (u64 i = 0; i < 512; i++)
		sum = (sum ^ words[i]) * 0x100000001b3 + i;
	return sum;
}

static void grade_5_4_case(struct npt *npt, u32 level, bool frames_left)
{
	const struct npt_format *format = npt->format;
	hpa_t hpa = grade_random() & (BIT(38) - 1) & ~(npt_level_size(level) - 1);
	gpa_t gpa = grade_random() & (BIT(38) - 1) & ~4095ul;
	u32 flags = grade_below(8) | NPT_READ | (grade_below(2) ? NPT_OWNED : 0);
	u64 entry = format->leaf_entry(hpa, flags, level), before = frame_count_free();
	const u64 *lower;
	bool done;

	grade_5_4_entry = &entry;
	tell("split(gpa %lx, level %u), entry %lx:", gpa, level, entry);
	done = split(npt, &entry, gpa, level);
	tell("  %s, %lu frames taken, entry %lx", done ? "true" : "false",
	     before - frame_count_free(), entry);
	if (!frames_left || !done || !format->is_present(entry) || format->is_leaf(entry, level))
		return;
	lower = phys_to_virt(format->address(entry));
	tell("  below it: first %lx, second %lx, last %lx, sum of all %lx", lower[0], lower[1],
	     lower[511], grade_5_4_sum(lower));
}

void grade_5_4(void)
{
	struct npt_format format = *arch_npt_format();
	struct npt npt;

	npt_create(&npt, &format, 1);
	npt.cpus = BIT(0);
	format.flush = grade_5_4_flush;
	for (u32 i = 0; i < 24; i++)
		grade_5_4_case(&npt, 1 + grade_below(format.max_leaf), true);
	for (u64 size = 64 * MiB; size >= FRAME_SIZE_BYTES; size /= 2)
		while (frame_alloc_contig(size / FRAME_SIZE_BYTES, FRAME_SIZE_BYTES))
			;
	grade_5_4_case(&npt, 1, false);
	grade_same_frames();
	grade_guest(1);
}
