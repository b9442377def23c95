#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grade.h>

static u64 *grade_5_4_entry;
static gpa_t grade_5_4_base;
static u64 grade_5_4_step;
static bool grade_5_4_flushed[512];

/*
 * Stands in for the format's own: which parts of what the entry maps are flushed while it is
 * empty? All must be, at once or one by one; what is flushed besides does no harm.
 */
static void grade_5_4_flush(u64 token, gpa_t gpa, u64 size)
{
	gpa_t end = gpa + size < gpa ? ~0ul : gpa + size;

	(void)token;
	for (u64 i = 0; i < 512 && !*grade_5_4_entry; i++) {
		gpa_t start = grade_5_4_base + i * grade_5_4_step;

		grade_5_4_flushed[i] |= gpa <= start && start + grade_5_4_step <= end;
	}
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
	grade_5_4_step = npt_level_size(level - 1);
	grade_5_4_base = ALIGN_DOWN(gpa, npt_level_size(level));
	for (u64 i = 0; i < 512; i++)
		grade_5_4_flushed[i] = false;
	tell("split(gpa %lx, level %u), entry %lx:", gpa, level, entry);
	done = split(npt, &entry, gpa, level);
	tell("  %s, %lu frames taken, entry %lx", done ? "true" : "false",
	     before - frame_count_free(), entry);
	if (!frames_left || !done || !format->is_present(entry) || format->is_leaf(entry, level))
		return;
	u64 flushed = 0;

	for (u64 i = 0; i < 512; i++)
		flushed += grade_5_4_flushed[i];
	tell("  of 512 parts, flushed while the entry was empty: %lu", flushed);
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
