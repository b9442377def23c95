// SPDX-License-Identifier: MIT
/* A bitmap, one bit a frame, 1 = in use. It lies in the first frames of the memory it describes. */
#include <hv/end.h>
#include <hv/frame.h>
#include <hv/spinlock.h>
#include <hv/string.h>

static struct {
	struct spinlock lock;
	hpa_t base;
	u64 count, free;
	u64 next; /* where the last search ended: what is below is likely in use */
	u64 *used;
} frames;

static bool is_used(u64 index)
{
	return frames.used[index / 64] & BIT(index % 64);
}

static void set_used(u64 index, u64 count, bool used)
{
	frames.free += used ? -count : count;
	while (count) {
		/* Whole words where that can be: a guest's RAM is many thousand frames. */
		u64 bit = index % 64, run = count < 64 - bit ? count : 64 - bit;
		u64 mask = (run == 64 ? ~0ul : BIT(run) - 1) << bit;

		if (used)
			frames.used[index / 64] |= mask;
		else
			frames.used[index / 64] &= ~mask;
		index += run;
		count -= run;
	}
}

void frame_init(hpa_t start, hpa_t end)
{
	u64 bitmap_frames;

	frames.base = ALIGN_UP(start, FRAME_SIZE_BYTES);
	frames.count = (ALIGN_DOWN(end, FRAME_SIZE_BYTES) - frames.base) / FRAME_SIZE_BYTES;
	frames.used = phys_to_virt(frames.base);
	bitmap_frames =
		ALIGN_UP(ALIGN_UP(frames.count, 64) / 8, FRAME_SIZE_BYTES) / FRAME_SIZE_BYTES;
	memset(frames.used, 0, bitmap_frames * FRAME_SIZE_BYTES);
	frames.free = frames.count;
	set_used(0, bitmap_frames, true);
}

/* The index of the first of count free frames in [from, to) with this alignment, or to. */
static u64 find_run(u64 from, u64 to, u64 count, u64 align)
{
	while (from + count <= to) {
		hpa_t aligned = ALIGN_UP(frames.base + from * FRAME_SIZE_BYTES, align);
		u64 run = 0;

		from = (aligned - frames.base) / FRAME_SIZE_BYTES;
		while (run < count && from + run < to && !is_used(from + run))
			run++;
		if (run == count)
			return from;
		from += run + 1;
	}
	return to;
}

hpa_t frame_alloc_contig(u64 count, u64 align)
{
	hpa_t first = 0;
	u64 index;

	spin_lock(&frames.lock);
	index = find_run(frames.next, frames.count, count, align);
	if (index == frames.count)
		index = find_run(0, frames.count, count, align);
	if (index != frames.count) {
		set_used(index, count, true);
		frames.next = index + count;
		first = frames.base + index * FRAME_SIZE_BYTES;
	}
	spin_unlock(&frames.lock);

	if (first)
		memset(phys_to_virt(first), 0, count * FRAME_SIZE_BYTES);
	return first;
}

hpa_t frame_alloc(void)
{
	return frame_alloc_contig(1, FRAME_SIZE_BYTES);
}

void frame_free_contig(hpa_t first, u64 count)
{
	u64 index = (first - frames.base) / FRAME_SIZE_BYTES;

	spin_lock(&frames.lock);
	assert(IS_ALIGNED(first, FRAME_SIZE_BYTES) && first >= frames.base);
	assert(index + count <= frames.count);
	for (u64 i = 0; i < count; i++)
		assert(is_used(index + i));
	set_used(index, count, false);
	if (index < frames.next)
		frames.next = index;
	spin_unlock(&frames.lock);
}

void frame_free(hpa_t frame)
{
	frame_free_contig(frame, 1);
}

u64 frame_count_free(void)
{
	return frames.free;
}
