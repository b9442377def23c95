/* SPDX-License-Identifier: MIT */
/*
 * Physical memory in frames of 4 KiB. All memory of the hypervisor beyond its image comes from
 * here: vCPUs, page tables, guests' RAM.
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <hv/types.h>

#define FRAME_SIZE_BYTES 4096ul

/* Takes over the RAM in [start, end), both rounded inwards to frames. Called once. */
void frame_init(hpa_t start, hpa_t end);

/* One frame, cleared; 0 where none is left. */
hpa_t frame_alloc(void);
/*
 * count frames in one piece, cleared, the first one aligned to align bytes (a power of two, 4 KiB
 * or more): a page-table root or a guest's RAM may need that. 0 where there is no such piece.
 */
hpa_t frame_alloc_contig(u64 count, u64 align);

/* Freeing a frame that is not allocated is a fault of the caller's, and a panic. */
void frame_free(hpa_t frame);
void frame_free_contig(hpa_t first, u64 count);

u64 frame_count_free(void);

#endif
