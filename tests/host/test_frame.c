// SPDX-License-Identifier: MIT
/* SOURCES: core/frame.c */
#include "host.h"
#include <hv/frame.h>

enum { FRAMES = 1024 };

static hpa_t ram;

static void setup(void)
{
	ram = (hpa_t)host_ram(FRAMES * 4096, 4 * MiB);
	/* Neither end lies on a frame's edge. */
	frame_init(ram + 1, ram + FRAMES * 4096 - 1);
}

static bool is_clear(hpa_t frame, u64 count)
{
	for (u64 i = 0; i < count * 512; i++)
		if (((u64 *)frame)[i])
			return false;
	return true;
}

TEST(every_frame_can_be_had_once)
{
	static bool taken[FRAMES];
	u64 count = 0;
	hpa_t frame;

	setup();
	u64 free = frame_count_free();

	CHECK(free > FRAMES - 8 && free <= FRAMES - 2);
	while ((frame = frame_alloc())) {
		u64 index = (frame - ram) / 4096;

		CHECK(IS_ALIGNED(frame, 4096) && index > 0 && index < FRAMES - 1);
		CHECK(!taken[index]);
		taken[index] = true;
		memset((void *)frame, 0xff, 4096);
		count++;
	}
	CHECK_EQUAL(count, free);
	CHECK_EQUAL(frame_count_free(), 0);
}

TEST(frames_come_cleared_each_time)
{
	setup();
	for (int i = 0; i < 3 * FRAMES; i++) {
		hpa_t frame = frame_alloc();

		CHECK(frame && is_clear(frame, 1));
		memset((void *)frame, 0xa5, 4096);
		frame_free(frame);
	}
}

TEST(pieces_are_aligned)
{
	setup();
	frame_alloc();
	for (u64 align = 4096; align <= MiB; align *= 2) {
		hpa_t piece = frame_alloc_contig(3, align);

		CHECK(piece && IS_ALIGNED(piece, align) && is_clear(piece, 3));
	}
}

TEST(a_piece_that_does_not_fit_is_refused)
{
	setup();
	u64 free = frame_count_free();

	CHECK_EQUAL(frame_alloc_contig(FRAMES, 4096), 0);
	CHECK_EQUAL(frame_alloc_contig(1, 1ul << 40), 0);
	CHECK_EQUAL(frame_count_free(), free);
}

TEST(freed_frames_are_found_again)
{
	hpa_t frames[FRAMES];
	u64 count = 0;

	setup();
	while ((frames[count] = frame_alloc()))
		count++;
	/* Every second one: then there are many, but no two in one piece. */
	for (u64 i = 0; i < count; i += 2)
		frame_free(frames[i]);
	CHECK_EQUAL(frame_alloc_contig(2, 4096), 0);
	for (u64 i = 0; i < count; i += 2)
		CHECK(frame_alloc());
	CHECK_EQUAL(frame_alloc(), 0);
}

TEST(freeing_twice_is_a_panic)
{
	setup();
	hpa_t frame = frame_alloc();

	frame_free(frame);
	CHECK(PANICS(frame_free(frame)));
}

TEST(freeing_what_is_no_frame_is_a_panic)
{
	setup();
	hpa_t frame = frame_alloc();

	CHECK(PANICS(frame_free(frame + 8)));
}

TEST(freeing_memory_from_elsewhere_is_a_panic)
{
	setup();
	CHECK(PANICS(frame_free(ram + FRAMES * 4096)));
}

TEST(pieces_never_overlap)
{
	static struct {
		hpa_t first;
		u64 count;
	} held[64];
	static unsigned char owner[FRAMES];
	u64 free;

	setup();
	free = frame_count_free();
	for (int turn = 0; turn < 20000; turn++) {
		u64 slot = host_random(ARRAY_SIZE(held));

		if (held[slot].first) {
			for (u64 i = 0; i < held[slot].count; i++)
				CHECK_EQUAL(owner[(held[slot].first - ram) / 4096 + i], slot + 1);
			memset(&owner[(held[slot].first - ram) / 4096], 0, held[slot].count);
			frame_free_contig(held[slot].first, held[slot].count);
			held[slot].first = 0;
			continue;
		}
		held[slot].count = 1 + host_random(40);
		held[slot].first = frame_alloc_contig(held[slot].count, 4096ul << host_random(5));
		for (u64 i = 0; held[slot].first && i < held[slot].count; i++) {
			CHECK_EQUAL(owner[(held[slot].first - ram) / 4096 + i], 0);
			owner[(held[slot].first - ram) / 4096 + i] = slot + 1;
		}
	}
	for (u64 slot = 0; slot < ARRAY_SIZE(held); slot++)
		if (held[slot].first)
			frame_free_contig(held[slot].first, held[slot].count);
	CHECK_EQUAL(frame_count_free(), free);
}
