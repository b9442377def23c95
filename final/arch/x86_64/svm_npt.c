// SPDX-License-Identifier: MIT
/* AMD's nested page tables (NPT, APM 15.25). */
#include <arch/npt.h>

/*
 * An entry of NPT is one of an ordinary page table (APM 15.25.5). Bits 11:9 are left to software.
 */
#define PTE_PRESENT  BIT(0)
#define PTE_WRITE    BIT(1)
#define PTE_USER     BIT(2)
#define PTE_UNCACHED (BIT(3) | BIT(4)) /* PWT and PCD: the PAT's fourth type */
#define PTE_OWNED    BIT(9)
#define PTE_NX	     BIT(63)

/* U is always set: all of a guest's accesses are user accesses at this stage (APM 15.25.5). */
static u64 svm_table_entry(hpa_t table)
{
	return table | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static u64 svm_leaf_entry(hpa_t hpa, u32 flags, u32 level)
{
	u64 entry = hpa | PTE_PRESENT | PTE_USER | (level ? ENTRY_LARGE : 0);

	entry |= flags & NPT_WRITE ? PTE_WRITE : 0;
	entry |= flags & NPT_EXEC ? 0 : PTE_NX;
	entry |= flags & NPT_DEVICE ? PTE_UNCACHED : 0;
	entry |= flags & NPT_OWNED ? PTE_OWNED : 0;
	return entry;
}

static bool svm_is_present(u64 entry)
{
	return entry & PTE_PRESENT;
}

static u32 svm_flags(u64 entry)
{
	return NPT_READ | (entry & PTE_WRITE ? NPT_WRITE : 0) | (entry & PTE_NX ? 0 : NPT_EXEC) |
	       (entry & PTE_UNCACHED ? NPT_DEVICE : 0) | (entry & PTE_OWNED ? NPT_OWNED : 0);
}

static u64 svm_token(hpa_t root, u32 vmid)
{
	(void)vmid; /* nCR3 is the address alone; an ASID is a vCPU's (svm.c) */
	return root;
}

struct npt_format svm_npt_format = {
	.name = "NPT",
	.levels = 4,
	.root_bits = 9,
	.table_entry = svm_table_entry,
	.leaf_entry = svm_leaf_entry,
	.is_present = svm_is_present,
	.is_leaf = npt_is_leaf,
	.address = npt_address,
	.flags = svm_flags,
	.token = svm_token,
	.flush = svm_flush,
	.publish = npt_publish,
};
