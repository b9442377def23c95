// SPDX-License-Identifier: MIT
/*
 * VMSAv8-64 stage 2 (Arm ARM, D8.3), 4 KiB granule: guest-physical addresses (IPAs) of 40 bits. The
 * walk begins at level 1, whose index then has 10 bits: two tables in one piece, aligned to 8 KiB
 * ("concatenated translation tables").
 */
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <hv/arch.h>

/*
 * A descriptor of stage 2 (Arm ARM, "VMSAv8-64 Block descriptor and Page descriptor fields"). Bits
 * 58:55 are left to software.
 */
#define DESC_VALID      BIT(0)
#define DESC_TABLE      BIT(1) /* above the last level; there it says page, and must be set */
#define DESC_MEMATTR    (0xful << 2)
#define MEMATTR_DEVICE  (0x1ul << 2) /* nGnRE */
#define MEMATTR_NORMAL  (0xful << 2) /* write-back, inner and outer */
#define DESC_READ       BIT(6) /* S2AP */
#define DESC_WRITE      BIT(7)
#define DESC_SH_INNER   (3ul << 8)
#define DESC_AF         BIT(10)
#define DESC_XN         BIT(54)
#define DESC_OWNED      BIT(55)
#define DESC_ADDRESS    0x0000fffffffff000ul

static u64 table_entry(hpa_t table)
{
	return table | DESC_TABLE | DESC_VALID;
}

/*
 * AF is set from the start, so that there is no access flag fault. Attributes combine with those of
 * the guest's own stage 1 to the stricter of both (Arm ARM, "Combining the stage 1 and stage 2
 * memory type attributes"), so "normal" leaves the choice to the guest and "device" does not.
 */
static u64 leaf_entry(hpa_t hpa, u32 flags, u32 level)
{
	u64 entry = hpa | DESC_VALID | DESC_AF | (level ? 0 : DESC_TABLE);

	entry |= flags & NPT_DEVICE ? MEMATTR_DEVICE : MEMATTR_NORMAL | DESC_SH_INNER;
	entry |= flags & NPT_READ ? DESC_READ : 0;
	entry |= flags & NPT_WRITE ? DESC_WRITE : 0;
	entry |= flags & NPT_EXEC ? 0 : DESC_XN;
	entry |= flags & NPT_OWNED ? DESC_OWNED : 0;
	return entry;
}

static bool is_present(u64 entry)
{
	return entry & DESC_VALID;
}

static bool is_leaf(u64 entry, u32 level)
{
	return !level || !(entry & DESC_TABLE);
}

static hpa_t address(u64 entry)
{
	return entry & DESC_ADDRESS;
}

static u32 flags(u64 entry)
{
	return (entry & DESC_READ ? NPT_READ : 0) | (entry & DESC_WRITE ? NPT_WRITE : 0) |
	       (entry & DESC_XN ? 0 : NPT_EXEC) | (entry & DESC_OWNED ? NPT_OWNED : 0) |
	       ((entry & DESC_MEMATTR) == MEMATTR_DEVICE ? NPT_DEVICE : 0);
}

static u64 token(hpa_t root, u32 vmid)
{
	return (u64)vmid << VTTBR_VMID_SHIFT | root;
}

/* The maintenance instructions mean the VMID in VTTBR_EL2, so it goes there while they run. */
static void flush(u64 token, gpa_t gpa, u64 size)
{
	u64 loaded = sysreg_read(vttbr_el2);

	sysreg_write(vttbr_el2, token);
	isb();
	dsb(ishst); /* the walker sees the tables as they are now */
	if (size > 64 * 4096) {
		__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	} else {
		for (u64 done = 0; done < size; done += 4096)
			__asm__ volatile("tlbi ipas2e1is, %0" ::"r"((gpa + done) >> 12) : "memory");
		dsb(ish);
		/*
		 * The guest's own translations are cached combined with ours ("TLB maintenance
		 * instructions").
		 */
		__asm__ volatile("tlbi vmalle1is" ::: "memory");
	}
	dsb(ish);
	isb();
	sysreg_write(vttbr_el2, loaded);
	isb();
}

/*
 * That an entry is not valid is never cached (Arm ARM, "TLB maintenance requirements"), but the
 * walker must see our store.
 */
static void publish(u64 token, gpa_t gpa, u64 size)
{
	(void)token;
	(void)gpa;
	(void)size;
	dsb(ishst);
}

static const struct npt_format stage2 = {
	.name = "stage 2",
	.levels = 3,
	.max_leaf = 2,
	.root_bits = 10,
	.table_entry = table_entry,
	.leaf_entry = leaf_entry,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.address = address,
	.flags = flags,
	.token = token,
	.flush = flush,
	.publish = publish,
};

const struct npt_format *arch_npt_format(void)
{
	return &stage2;
}

u32 arch_max_vmid(void)
{
	return BIT(cpu_features.vmid_bits) - 1;
}
