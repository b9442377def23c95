#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grade.h>

/*
 * What a CPU may have cached: a page that was mapped, until it is flushed while it is mapped no
 * more. Whoever flushes more, or later, or all at once, does no harm.
 */
#define GRADE_FINAL_2_PAGES 8192
static struct npt grade_final_2_plain;
static u64 grade_final_2_from, grade_final_2_to;	/* the pages that are unmapped */
static bool grade_final_2_cached[GRADE_FINAL_2_PAGES], grade_final_2_made;

static bool grade_final_2_is_mapped(u64 page)
{
	struct npt *npt = &grade_final_2_plain;
	u32 level = 0;

	return npt->format->is_present(*find_entry(npt, 4096 * page, &level, false));
}

/* The CPU may look at any time; it does where that matters: behind a table that was made. */
static void grade_final_2_look(void)
{
	grade_final_2_made = false;
	for (u64 page = grade_final_2_from; page < grade_final_2_to; page++)
		if (grade_final_2_is_mapped(page))
			grade_final_2_cached[page] = true;
}

static void grade_final_2_flush(u64 token, gpa_t gpa, u64 size)
{
	const struct npt *npt = &grade_final_2_plain;
	gpa_t end = gpa + size < gpa ? ~0ul : gpa + size;

	if (token != npt->format->token(npt->root, npt->vmid))
		return;
	for (u64 page = grade_final_2_from; page < grade_final_2_to; page++)
		if (grade_final_2_cached[page] && gpa <= 4096 * page && 4096 * page + 4096 <= end &&
		    !grade_final_2_is_mapped(page))
			grade_final_2_cached[page] = false;
}

static u64 grade_final_2_table_entry(hpa_t table)
{
	grade_final_2_made = true;
	return grade_final_2_plain.format->table_entry(table);
}

static bool grade_final_2_is_present(u64 entry)
{
	if (grade_final_2_made)
		grade_final_2_look();
	return grade_final_2_plain.format->is_present(entry);
}

static void grade_final_2_maps(const struct npt_mapping *mapping, void *sum)
{
	*(u64 *)sum = (*(u64 *)sum ^ mapping->gpa) * 0x100000001b3 + mapping->hpa + mapping->level +
		      mapping->flags;
}

static void grade_final_2_unmap(struct npt *npt, gpa_t gpa, u64 size)
{
	u64 sum = 0, stale = 0;
	bool done;

	grade_final_2_from = gpa / 4096;
	grade_final_2_to = (gpa + size) / 4096;
	for (u64 page = grade_final_2_from; page < grade_final_2_to; page++)
		grade_final_2_cached[page] = false;
	grade_final_2_look();
	done = npt_unmap_region(npt, gpa, size);
	npt_walk(npt, grade_final_2_maps, &sum);
	for (u64 page = grade_final_2_from; page < grade_final_2_to; page++)
		stale += grade_final_2_cached[page] && !grade_final_2_is_mapped(page);
	tell("unmapping [%lx, %lx): %s; what is left has the sum %lx", gpa, gpa + size,
	     done ? "true" : "false", sum);
	tell("  pages that are gone and may still be cached: %lu", stale);
}

void grade_final_2(void)
{
	struct npt_format format = *arch_npt_format();
	struct npt npt;

	npt_create(&npt, &format, 1);
	npt.cpus = BIT(0);
	grade_final_2_plain = npt;
	grade_final_2_plain.format = arch_npt_format();
	format.flush = grade_final_2_flush;
	format.table_entry = grade_final_2_table_entry;
	format.is_present = grade_final_2_is_present;
	for (u32 i = 0; i < 24; i++) {
		gpa_t gpa = 4096 * grade_below(4096);
		u64 size = 4096 * (1 + grade_below(i % 4 == 3 ? 4 : 3000));
		hpa_t hpa = 4 * GiB + (i % 4 ? gpa : 4096 * grade_below(4096));

		tell("mapping [%lx, %lx): %s", gpa, gpa + size,
		     npt_map_region(&npt, gpa, hpa, size, NPT_READ) ? "true" : "false");
		gpa = ALIGN_DOWN(gpa, 2 * MiB) + 4096 * grade_below(600);
		size = 4096 * (1 + grade_below(i % 2 ? 700 : 3));
		if (i % 3 == 1) {	/* large entries, from end to end */
			gpa = ALIGN_DOWN(gpa, 2 * MiB);
			size = 2 * MiB * (1 + grade_below(3));
		}
		grade_final_2_unmap(&npt, gpa, size);
	}
	/* It may fail, for want of a frame; what it has taken away by then is gone all the same. */
	npt_unmap_region(&npt, 0, 32 * MiB);
	npt_map_region(&npt, 0, 4 * GiB, 8 * MiB, NPT_READ);
	for (u64 size = 64 * MiB; size >= FRAME_SIZE_BYTES; size /= 2)
		while (frame_alloc_contig(size / FRAME_SIZE_BYTES, FRAME_SIZE_BYTES))
			;
	grade_final_2_unmap(&npt, 2 * MiB, 2 * MiB + 4096 * (1 + grade_below(500)));
	grade_same_frames();
	grade_guest(1);
}
