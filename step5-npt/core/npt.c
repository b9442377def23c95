// SPDX-License-Identifier: MIT
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/npt.h>
#include <hv/pcpu.h>

static u32 root_level(const struct npt *npt)
{
	return npt->format->levels - 1;
}

static u64 entries_at(const struct npt *npt, u32 level)
{
	return level == root_level(npt) ? BIT(npt->format->root_bits) : 512;
}

static u64 *entry_of(const struct npt *npt, u64 *table, gpa_t gpa, u32 level)
{
	return &table[gpa / npt_level_size(level) % entries_at(npt, level)];
}

gpa_t npt_limit(const struct npt *npt)
{
	return entries_at(npt, root_level(npt)) * npt_level_size(root_level(npt));
}

static u64 root_frames(const struct npt_format *format)
{
	return BIT(format->root_bits) * sizeof(u64) / FRAME_SIZE_BYTES;
}

bool npt_create(struct npt *npt, const struct npt_format *format, u32 vmid)
{
	u64 frames = root_frames(format);

	/* A root of several frames is aligned to its size on every ISA that has one. */
	*npt = (struct npt){ .format = format, .vmid = vmid };
	npt->root = frame_alloc_contig(frames, frames * FRAME_SIZE_BYTES);
	return npt->root != 0;
}

hpa_t npt_root(const struct npt *npt)
{
	return npt->root;
}

u64 npt_token(struct npt *npt)
{
	npt->cpus |= BIT(this_pcpu()->id);
	return npt->format->token(npt->root, npt->vmid);
}

static void flush(struct npt *npt, gpa_t gpa, u64 size)
{
	/* Only the calling CPU runs guests as yet. */
	assert(!(npt->cpus & ~BIT(this_pcpu()->id)));
	if (npt->cpus)
		npt->format->flush(npt->format->token(npt->root, npt->vmid), gpa, size);
}

/*
 * The entry for gpa at this level, with tables made on the way where make is set. It stops early at
 * a leaf above, or at an empty entry where no table is to be made: *level tells where. NULL: no
 * frame.
 */
static u64 *find_entry(struct npt *npt, gpa_t gpa, u32 *level, bool make)
{
	u32 wanted = *level;
	u64 *table = phys_to_virt(npt->root);

	for (*level = root_level(npt);; --*level) {
		u64 *entry = entry_of(npt, table, gpa, *level);

		if (*level == wanted)
			return entry;
		if (!npt->format->is_present(*entry)) {
			hpa_t frame = make ? frame_alloc() : 0;

			if (!make || !frame)
				return make ? NULL : entry;
			*entry = npt->format->table_entry(frame);
		} else if (npt->format->is_leaf(*entry, *level)) {
			return entry;
		}
		table = phys_to_virt(npt->format->address(*entry));
	}
}

/*
 * Frees what hangs below the entry, if nothing is mapped there: tables that became empty would
 * stand in a larger entry's way. True if the entry is free now.
 */
static bool prune(struct npt *npt, u64 *entry, gpa_t gpa, u32 level)
{
	const struct npt_format *format = npt->format;
	hpa_t table = format->address(*entry);
	bool empty = true;

	if (!format->is_present(*entry))
		return true;
	if (format->is_leaf(*entry, level))
		return false;
	for (u64 i = 0; i < 512; i++)
		empty &= prune(npt, (u64 *)phys_to_virt(table) + i,
			       gpa + i * npt_level_size(level - 1), level - 1);
	if (!empty)
		return false;
	*entry = 0;
	flush(npt, gpa, npt_level_size(level));
	frame_free(table);
	return true;
}

bool npt_map(struct npt *npt, gpa_t gpa, hpa_t hpa, u32 level, u32 flags)
{
	u32 found = level;
	u64 *entry = NULL;
	bool free = false;

	assert(IS_ALIGNED(gpa | hpa, npt_level_size(level)) && level <= npt->format->max_leaf);
	if (gpa >= npt_limit(npt))
		return false;
	spin_lock(&npt->lock);
	entry = find_entry(npt, gpa, &found, true);
	free = entry && found == level && prune(npt, entry, gpa, level);
	/* Nothing was present, so no flush is due. */
	if (free) {
		*entry = npt->format->leaf_entry(hpa, flags, level);
		npt->format->publish(npt->format->token(npt->root, npt->vmid), gpa,
				     npt_level_size(level));
	}
	spin_unlock(&npt->lock);
	return free;
}

/* The highest level whose entries fit here: aligned on both sides, and not too long. */
static u32 largest_level(const struct npt *npt, gpa_t gpa, hpa_t hpa, u64 size)
{
	u32 level = npt->format->max_leaf;

	while (level &&
	       (!IS_ALIGNED(gpa | hpa, npt_level_size(level)) || size < npt_level_size(level)))
		level--;
	return level;
}

bool npt_map_region(struct npt *npt, gpa_t gpa, hpa_t hpa, u64 size, u32 flags)
{
	u64 done, step;

	for (done = 0; done < size; done += step) {
		u32 level = largest_level(npt, gpa + done, hpa + done, size - done);

		step = npt_level_size(level);
		if (!npt_map(npt, gpa + done, hpa + done, level, flags)) {
			npt_unmap_region(npt, gpa, done);
			return false;
		}
	}
	return true;
}

/* Replaces a leaf by a table whose entries map the same, one level lower. */
static bool split(struct npt *npt, u64 *entry, gpa_t gpa, u32 level)
{
	const struct npt_format *format = npt->format;
	hpa_t table = frame_alloc();
	u64 *lower = phys_to_virt(table);

	if (!table)
		return false;
	for (u64 i = 0; i < 512; i++)
		lower[i] =
			format->leaf_entry(format->address(*entry) + i * npt_level_size(level - 1),
					   format->flags(*entry), level - 1);
	/*
	 * Break before make: two entries of different size for one address must never be cached at
	 * once (Arm ARM, "Break-before-make"; harmless where an ISA does not ask for it).
	 */
	*entry = 0;
	flush(npt, ALIGN_DOWN(gpa, npt_level_size(level)), npt_level_size(level));
	*entry = format->table_entry(table);
	return true;
}

bool npt_unmap_region(struct npt *npt, gpa_t gpa, u64 size)
{
	gpa_t limit = npt_limit(npt), end = gpa < limit && size < limit - gpa ? gpa + size : limit;
	bool complete = true;

	spin_lock(&npt->lock);
	while (gpa < end) {
		u32 level = 0;
		u64 *entry = find_entry(npt, gpa, &level, false);
		u64 entry_size = npt_level_size(level);
		bool present = npt->format->is_present(*entry);

		if (present && (!IS_ALIGNED(gpa, entry_size) || end - gpa < entry_size)) {
			complete = split(npt, entry, gpa, level);
			if (!complete)
				break;
			continue;
		}
		if (present) {
			*entry = 0;
			flush(npt, gpa, entry_size);
		}
		gpa = ALIGN_DOWN(gpa, entry_size) + entry_size;
	}
	spin_unlock(&npt->lock);
	return complete;
}

bool npt_unmap(struct npt *npt, gpa_t gpa)
{
	return npt_unmap_region(npt, ALIGN_DOWN(gpa, 4096), 4096);
}

bool npt_query(struct npt *npt, gpa_t gpa, struct npt_mapping *mapping)
{
	u32 level = 0;
	u64 entry;

	if (gpa >= npt_limit(npt))
		return false;
	spin_lock(&npt->lock);
	entry = *find_entry(npt, gpa, &level, false);
	spin_unlock(&npt->lock);
	if (!npt->format->is_present(entry))
		return false;
	*mapping = (struct npt_mapping){
		.gpa = ALIGN_DOWN(gpa, npt_level_size(level)),
		.hpa = npt->format->address(entry),
		.level = level,
		.flags = npt->format->flags(entry),
	};
	return true;
}

bool npt_translate(struct npt *npt, gpa_t gpa, u32 flags, hpa_t *hpa)
{
	struct npt_mapping mapping;

	if (!npt_query(npt, gpa, &mapping) || (mapping.flags & flags) != flags)
		return false;
	*hpa = mapping.hpa + (gpa - mapping.gpa);
	return true;
}

static void walk_table(struct npt *npt, u64 *table, gpa_t gpa, u32 level,
		       void (*visit)(const struct npt_mapping *, void *), void *arg,
		       bool free_tables)
{
	const struct npt_format *format = npt->format;

	for (u64 i = 0; i < entries_at(npt, level); i++, gpa += npt_level_size(level)) {
		if (!format->is_present(table[i]))
			continue;
		hpa_t hpa = format->address(table[i]);

		if (format->is_leaf(table[i], level)) {
			visit(&(struct npt_mapping){ gpa, hpa, level, format->flags(table[i]) },
			      arg);
			continue;
		}
		walk_table(npt, phys_to_virt(hpa), gpa, level - 1, visit, arg, free_tables);
		if (free_tables)
			frame_free(hpa);
	}
}

void npt_walk(struct npt *npt, void (*visit)(const struct npt_mapping *, void *), void *arg)
{
	spin_lock(&npt->lock);
	walk_table(npt, phys_to_virt(npt->root), 0, root_level(npt), visit, arg, false);
	spin_unlock(&npt->lock);
}

static void free_memory(const struct npt_mapping *mapping, void *arg)
{
	(void)arg;
	if (mapping->flags & NPT_OWNED)
		frame_free_contig(mapping->hpa, npt_level_size(mapping->level) / FRAME_SIZE_BYTES);
}

void npt_destroy(struct npt *npt)
{
	flush(npt, 0, npt_limit(npt));
	walk_table(npt, phys_to_virt(npt->root), 0, root_level(npt), free_memory, NULL, true);
	frame_free_contig(npt->root, root_frames(npt->format));
	npt->root = 0;
}
