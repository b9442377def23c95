// SPDX-License-Identifier: MIT
/* Intel's extended page tables (EPT, SDM 29.3). */
#include <arch/npt.h>

/* An entry of EPT (SDM 29.3.2). Bits 62:52 are left to software. */
#define EPT_READ       BIT(0)
#define EPT_WRITE      BIT(1)
#define EPT_EXEC       BIT(2)
#define EPT_ALL	       (EPT_READ | EPT_WRITE | EPT_EXEC)
#define EPT_WRITE_BACK (6ul << 3) /* memory type, of a leaf; 0 is uncached */
#define EPT_OWNED      BIT(52)

static u64 vmx_table_entry(hpa_t table)
{
	return table | EPT_ALL;
}

static u64 vmx_leaf_entry(hpa_t hpa, u32 flags, u32 level)
{
	u64 entry = hpa | (level ? ENTRY_LARGE : 0);

	entry |= flags & NPT_READ ? EPT_READ : 0;
	entry |= flags & NPT_WRITE ? EPT_WRITE : 0;
	entry |= flags & NPT_EXEC ? EPT_EXEC : 0;
	entry |= flags & NPT_DEVICE ? 0 : EPT_WRITE_BACK;
	entry |= flags & NPT_OWNED ? EPT_OWNED : 0;
	return entry;
}

static bool vmx_is_present(u64 entry)
{
	return entry & EPT_ALL;
}

static u32 vmx_flags(u64 entry)
{
	return (entry & EPT_READ ? NPT_READ : 0) | (entry & EPT_WRITE ? NPT_WRITE : 0) |
	       (entry & EPT_EXEC ? NPT_EXEC : 0) | (entry & EPT_WRITE_BACK ? 0 : NPT_DEVICE) |
	       (entry & EPT_OWNED ? NPT_OWNED : 0);
}

/* EPTP (SDM 25.6.11): four levels, walked in write-back memory. */
static u64 vmx_token(hpa_t root, u32 vmid)
{
	(void)vmid; /* a VPID is a vCPU's (vmx.c), and INVEPT goes by this value */
	return root | 3 << 3 | 6;
}

struct npt_format vmx_npt_format = {
	.name = "EPT",
	.levels = 4,
	.root_bits = 9,
	.table_entry = vmx_table_entry,
	.leaf_entry = vmx_leaf_entry,
	.is_present = vmx_is_present,
	.is_leaf = npt_is_leaf,
	.address = npt_address,
	.flags = vmx_flags,
	.token = vmx_token,
	.flush = vmx_flush,
	.publish = npt_publish,
};
