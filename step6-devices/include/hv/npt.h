/* SPDX-License-Identifier: MIT */
/*
 * The second-stage table: guest-physical to host-physical. The algorithm is written once, in
 * core/npt.c; an architecture describes its entries in a struct npt_format (npt.c there): EPT, NPT,
 * VMSAv8 stage 2, Sv39x4.
 */
#ifndef HV_NPT_H
#define HV_NPT_H

#include <hv/spinlock.h>
#include <hv/types.h>

/* What a mapping allows, and what it is. */
#define NPT_READ   BIT(0)
#define NPT_WRITE  BIT(1)
#define NPT_EXEC   BIT(2)
#define NPT_DEVICE BIT(3) /* device memory: not cached, not reordered, not fetched ahead */
#define NPT_OWNED  BIT(4) /* the frames belong to this table and are freed with it */
#define NPT_RAM    (NPT_READ | NPT_WRITE | NPT_EXEC | NPT_OWNED)

#define NPT_MAX_LEVELS 4

/*
 * An entry at level l maps 4 KiB << 9 * l: level 0 is 4 KiB, 1 is 2 MiB, 2 is 1 GiB. (Manuals count
 * from either end: this is RISC-V's way.)
 */
struct npt_format {
	const char *name;
	u32 levels;    /* the root is at level levels - 1 */
	u32 max_leaf;  /* the highest level where an entry may map memory */
	u32 root_bits; /* index bits of the root: more than 9 where it is several tables in one */

	u64 (*table_entry)(hpa_t table);
	u64 (*leaf_entry)(hpa_t hpa, u32 flags, u32 level);
	bool (*is_present)(u64 entry);
	bool (*is_leaf)(u64 entry, u32 level); /* of a present entry */
	hpa_t (*address)(u64 entry);           /* table or memory that it points to */
	u32 (*flags)(u64 entry);               /* NPT_* of a leaf */
	u64 (*token)(hpa_t root, u32 vmid);
	/*
	 * Forgets what this CPU has cached for [gpa, gpa + size) of the VM with this token. Needed
	 * wherever an entry that was present has changed.
	 */
	void (*flush)(u64 token, gpa_t gpa, u64 size);
	/* Makes entries there, which were not present and now are, visible to the table walker. */
	void (*publish)(u64 token, gpa_t gpa, u64 size);
};

struct npt {
	struct spinlock lock;
	const struct npt_format *format;
	hpa_t root;
	u32 vmid;
	u64 cpus; /* bit n: pcpu n has used it, so its TLB must be flushed too */
};

/* All of these return false, and change nothing, where no frame is left for a table. */
bool npt_create(struct npt *npt, const struct npt_format *format, u32 vmid);
/* Frees the tables and the memory marked NPT_OWNED. No vCPU may use the table any more. */
void npt_destroy(struct npt *npt);

hpa_t npt_root(const struct npt *npt);
/* The value for EPTP, nCR3, VTTBR_EL2 or hgatp. Marks the calling CPU as a user. */
u64 npt_token(struct npt *npt);

static inline u64 npt_level_size(u32 level)
{
	return 4096ul << 9 * level;
}

/* One past the highest guest-physical address that the format can translate. */
gpa_t npt_limit(const struct npt *npt);

/*
 * One entry at this level. gpa and hpa must be aligned to npt_level_size(level). False too where
 * something is mapped there already.
 */
bool npt_map(struct npt *npt, gpa_t gpa, hpa_t hpa, u32 level, u32 flags);
/* Any size in units of 4 KiB, with the largest entries that alignment and size allow. */
bool npt_map_region(struct npt *npt, gpa_t gpa, hpa_t hpa, u64 size, u32 flags);

/* Removes the entry that maps gpa, a larger one being split first so that only 4 KiB go. */
bool npt_unmap(struct npt *npt, gpa_t gpa);
/* Removes what is mapped in [gpa, gpa + size), splitting entries that reach over its ends. */
bool npt_unmap_region(struct npt *npt, gpa_t gpa, u64 size);

struct npt_mapping {
	gpa_t gpa; /* where the entry begins */
	hpa_t hpa;
	u32 level;
	u32 flags;
};

/* The entry that maps gpa; false where there is none. */
bool npt_query(struct npt *npt, gpa_t gpa, struct npt_mapping *mapping);
/* gpa's host-physical address, if it is mapped with all of flags. */
bool npt_translate(struct npt *npt, gpa_t gpa, u32 flags, hpa_t *hpa);
/* Calls visit for each leaf, in order of gpa. */
void npt_walk(struct npt *npt, void (*visit)(const struct npt_mapping *mapping, void *arg),
	      void *arg);

#endif
