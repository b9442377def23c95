#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grade.h>

/* Tables that were made by hand, so that none of the code under test is in them. */
static void grade_5_2_plant(struct npt *npt, gpa_t gpa, u32 wanted)
{
	const struct npt_format *format = npt->format;
	u64 *table = phys_to_virt(npt->root);

	for (u32 level = root_level(npt);; level--) {
		u64 *entry = entry_of(npt, table, gpa, level);

		if (level == wanted) {
			if (!*entry)
				*entry = format->leaf_entry(
					grade_random() & (BIT(36) - 1) & ~(npt_level_size(level) - 1),
					NPT_READ | NPT_WRITE, level);
			return;
		}
		if (!format->is_present(*entry))
			*entry = format->table_entry(frame_alloc());
		else if (format->is_leaf(*entry, level))
			return;
		table = phys_to_virt(format->address(*entry));
	}
}

static void grade_5_2_look(struct npt *npt, gpa_t gpa, u32 wanted, bool make)
{
	u64 before = frame_count_free();
	u32 level = wanted;
	u64 *entry = find_entry(npt, gpa, &level, make);

	if (entry)
		tell("find_entry(gpa %lx, level %u, %s): entry at %p = %lx, level %u, %lu tables made",
		     gpa, wanted, make ? "make" : "don't make", (void *)entry, *entry, level,
		     before - frame_count_free());
	else
		tell("find_entry(gpa %lx, level %u, %s): NULL, %lu tables made", gpa, wanted,
		     make ? "make" : "don't make", before - frame_count_free());
}

void grade_5_2(void)
{
	gpa_t planted[24];
	struct npt npt;

	npt_create(&npt, arch_npt_format(), 1);
	for (u32 i = 0; i < ARRAY_SIZE(planted); i++) {
		u32 level = i % (npt.format->max_leaf + 1);

		planted[i] = grade_random() % npt_limit(&npt) & ~(npt_level_size(level) - 1);
		if (i % 2)
			planted[i] = planted[i - 1] ^ npt_level_size(level);
		grade_5_2_plant(&npt, planted[i], level);
	}
	/* Not 0, and all the same not present: nothing of it may be followed. */
	for (u32 i = 0; i < 16; i++) {
		gpa_t gpa = grade_random() % npt_limit(&npt);
		u32 level = root_level(&npt);
		u64 *entry = entry_of(&npt, phys_to_virt(npt.root), gpa, level);

		if (*entry)
			continue;
		*entry = npt.format->table_entry(frame_alloc()) & ~7ul;
		grade_5_2_look(&npt, gpa, 0, i % 4 == 3);
	}
	for (u32 i = 0; i < 96; i++) {
		gpa_t gpa = planted[grade_below(ARRAY_SIZE(planted))];

		gpa ^= grade_below(3) ? grade_below(4 * MiB) : grade_random() % npt_limit(&npt);
		grade_5_2_look(&npt, gpa % npt_limit(&npt), grade_below(3), i >= 48);
	}
	/* The tables that were made are what later walks meet. */
	for (u32 i = 0; i < 24; i++)
		grade_5_2_look(&npt, grade_random() % npt_limit(&npt), 0, false);
	for (u64 size = 64 * MiB; size >= FRAME_SIZE_BYTES; size /= 2)
		while (frame_alloc_contig(size / FRAME_SIZE_BYTES, FRAME_SIZE_BYTES))
			;
	for (u32 i = 0; i < 12; i++)
		grade_5_2_look(&npt, grade_random() % npt_limit(&npt), 0, true);
	/* All memory is lost now; the step's own run starts with all of it again. */
	grade_same_frames();
	grade_guest(1);
}
