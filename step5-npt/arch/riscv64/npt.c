// SPDX-License-Identifier: MIT
/*
 * Sv39x4 (priv 18.5.1): Sv39 with an index of 11 bits at the root, which makes that four pages in
 * one piece, aligned to 16 KiB, and guest-physical addresses of 41 bits.
 */
#include <arch/cpu.h>
#include <arch/csr.h>
#include <hv/arch.h>

/* A page-table entry (priv 10.4.1). Bits 9:8 are left to software. */
#define PTE_V         BIT(0)
#define PTE_R         BIT(1)
#define PTE_W         BIT(2)
#define PTE_X         BIT(3)
#define PTE_U         BIT(4)
#define PTE_A         BIT(6)
#define PTE_D         BIT(7)
#define PTE_OWNED     BIT(8)
#define PTE_DEVICE    BIT(9)
#define PTE_PPN_SHIFT 10
#define PTE_PPN_MASK  0xffffffffffful

static u64 table_entry(hpa_t table)
{
	return (table >> 12) << PTE_PPN_SHIFT | PTE_V;
}

/*
 * U is always set: all accesses count as user accesses at this stage (priv 18.5.1). A and D are set
 * from the start, so that a hart that does not set them itself raises no fault. There is no bit for
 * device memory: physical memory attributes tell (priv 3.6); our own bit only remembers.
 */
static u64 leaf_entry(hpa_t hpa, u32 flags, u32 level)
{
	u64 entry = (hpa >> 12) << PTE_PPN_SHIFT | PTE_V | PTE_U | PTE_A | PTE_D;

	(void)level;
	entry |= flags & NPT_READ ? PTE_R : 0;
	entry |= flags & NPT_WRITE ? PTE_W : 0;
	entry |= flags & NPT_EXEC ? PTE_X : 0;
	entry |= flags & NPT_OWNED ? PTE_OWNED : 0;
	entry |= flags & NPT_DEVICE ? PTE_DEVICE : 0;
	return entry;
}

static bool is_present(u64 entry)
{
	return entry & PTE_V;
}

/* An entry with none of R, W and X points to the next table (priv 10.3.2). */
static bool is_leaf(u64 entry, u32 level)
{
	(void)level;
	return entry & (PTE_R | PTE_W | PTE_X);
}

static hpa_t address(u64 entry)
{
	return (entry >> PTE_PPN_SHIFT & PTE_PPN_MASK) << 12;
}

static u32 flags(u64 entry)
{
	return (entry & PTE_R ? NPT_READ : 0) | (entry & PTE_W ? NPT_WRITE : 0) |
	       (entry & PTE_X ? NPT_EXEC : 0) | (entry & PTE_OWNED ? NPT_OWNED : 0) |
	       (entry & PTE_DEVICE ? NPT_DEVICE : 0);
}

static u64 token(hpa_t root, u32 vmid)
{
	return HGATP_MODE_SV39X4 << HGATP_MODE_SHIFT | (u64)vmid << HGATP_VMID_SHIFT | root >> 12;
}

/* hfence.gvma wants the address shifted right by 2, as htval has it (priv 18.3.2). */
static void flush(u64 token, gpa_t gpa, u64 size)
{
	u64 vmid = token >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;

	if (size > 64 * 4096) {
		__asm__ volatile(H_INSN("hfence.gvma zero, %0") ::"r"(vmid) : "memory");
		return;
	}
	for (u64 done = 0; done < size; done += 4096)
		__asm__ volatile(H_INSN("hfence.gvma %0, %1") ::"r"((gpa + done) >> 2),
				 "r"(vmid)
				 : "memory");
}

static const struct npt_format sv39x4 = {
	.name = "Sv39x4",
	.levels = 3,
	.max_leaf = 2,
	.root_bits = 11,
	.table_entry = table_entry,
	.leaf_entry = leaf_entry,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.address = address,
	.flags = flags,
	.token = token,
	.flush = flush,
	.publish = flush, /* a hart may cache that an entry is not valid, too (priv 10.2.1) */
};

const struct npt_format *arch_npt_format(void)
{
	return &sv39x4;
}

u32 arch_max_vmid(void)
{
	return BIT(cpu_features.vmid_bits) - 1;
}
