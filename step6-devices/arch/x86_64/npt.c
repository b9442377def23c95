// SPDX-License-Identifier: MIT
/*
 * Intel's extended page tables (EPT, SDM 29.3) and AMD's nested page tables (NPT, APM 15.25): four
 * levels of 512 entries on either, and 4 KiB, 2 MiB or 1 GiB mapped by one entry.
 */
#include <arch/cpu.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/vm.h>

#define ENTRY_ADDRESS 0x000ffffffffff000ul
#define ENTRY_LARGE   BIT(7)

/* An entry of EPT (SDM 29.3.2). Bits 62:52 are left to software. */
#define EPT_READ       BIT(0)
#define EPT_WRITE      BIT(1)
#define EPT_EXEC       BIT(2)
#define EPT_ALL	       (EPT_READ | EPT_WRITE | EPT_EXEC)
#define EPT_WRITE_BACK (6ul << 3) /* memory type, of a leaf; 0 is uncached */
#define EPT_OWNED      BIT(52)

static u64 ept_table_entry(hpa_t table)
{
	return table | EPT_ALL;
}

static u64 ept_leaf_entry(hpa_t hpa, u32 flags, u32 level)
{
	u64 entry = hpa | (level ? ENTRY_LARGE : 0);

	entry |= flags & NPT_READ ? EPT_READ : 0;
	entry |= flags & NPT_WRITE ? EPT_WRITE : 0;
	entry |= flags & NPT_EXEC ? EPT_EXEC : 0;
	entry |= flags & NPT_DEVICE ? 0 : EPT_WRITE_BACK;
	entry |= flags & NPT_OWNED ? EPT_OWNED : 0;
	return entry;
}

static bool ept_is_present(u64 entry)
{
	return entry & EPT_ALL;
}

static u32 ept_flags(u64 entry)
{
	return (entry & EPT_READ ? NPT_READ : 0) | (entry & EPT_WRITE ? NPT_WRITE : 0) |
	       (entry & EPT_EXEC ? NPT_EXEC : 0) | (entry & EPT_WRITE_BACK ? 0 : NPT_DEVICE) |
	       (entry & EPT_OWNED ? NPT_OWNED : 0);
}

/* EPTP (SDM 25.6.11): four levels, walked in write-back memory. */
static u64 ept_token(hpa_t root, u32 vmid)
{
	(void)vmid; /* a VPID is a vCPU's (vmx.c), and INVEPT goes by this value */
	return root | 3 << 3 | 6;
}

static void ept_flush(u64 token, gpa_t gpa, u64 size)
{
	const struct {
		u64 eptp, reserved;
	} descriptor = { token, 0 };

	/* Type 1: all that came from this EPTP, of whatever address (SDM 29.4.3.1). */
	(void)gpa;
	(void)size;
	__asm__ volatile("invept %0, %1" ::"m"(descriptor), "r"(1ul) : "cc", "memory");
}

/* An entry of NPT is one of an ordinary page table (APM 15.25.5). Bits 11:9 are left to software. */
#define PTE_PRESENT  BIT(0)
#define PTE_WRITE    BIT(1)
#define PTE_USER     BIT(2)
#define PTE_UNCACHED (BIT(3) | BIT(4)) /* PWT and PCD: the PAT's fourth type */
#define PTE_OWNED    BIT(9)
#define PTE_NX	     BIT(63)

/* U is always set: all of a guest's accesses are user accesses at this stage (APM 15.25.5). */
static u64 npt_table_entry(hpa_t table)
{
	return table | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static u64 npt_leaf_entry(hpa_t hpa, u32 flags, u32 level)
{
	u64 entry = hpa | PTE_PRESENT | PTE_USER | (level ? ENTRY_LARGE : 0);

	entry |= flags & NPT_WRITE ? PTE_WRITE : 0;
	entry |= flags & NPT_EXEC ? 0 : PTE_NX;
	entry |= flags & NPT_DEVICE ? PTE_UNCACHED : 0;
	entry |= flags & NPT_OWNED ? PTE_OWNED : 0;
	return entry;
}

static bool npt_is_present(u64 entry)
{
	return entry & PTE_PRESENT;
}

static u32 npt_flags(u64 entry)
{
	return NPT_READ | (entry & PTE_WRITE ? NPT_WRITE : 0) | (entry & PTE_NX ? 0 : NPT_EXEC) |
	       (entry & PTE_UNCACHED ? NPT_DEVICE : 0) | (entry & PTE_OWNED ? NPT_OWNED : 0);
}

static u64 npt_token_of(hpa_t root, u32 vmid)
{
	(void)vmid; /* nCR3 is the address alone; an ASID is a vCPU's (svm.c) */
	return root;
}

static bool is_leaf(u64 entry, u32 level)
{
	return !level || (entry & ENTRY_LARGE);
}

static hpa_t address(u64 entry)
{
	return entry & ENTRY_ADDRESS;
}

/* Entries that were not present are not cached (SDM 29.4.3, APM 15.25.12): the walk sees new ones. */
static void publish(u64 token, gpa_t gpa, u64 size)
{
	(void)token;
	(void)gpa;
	(void)size;
}

static struct npt_format ept = {
	.name = "EPT",
	.levels = 4,
	.root_bits = 9,
	.table_entry = ept_table_entry,
	.leaf_entry = ept_leaf_entry,
	.is_present = ept_is_present,
	.is_leaf = is_leaf,
	.address = address,
	.flags = ept_flags,
	.token = ept_token,
	.flush = ept_flush,
	.publish = publish,
};

static struct npt_format npt = {
	.name = "NPT",
	.levels = 4,
	.root_bits = 9,
	.table_entry = npt_table_entry,
	.leaf_entry = npt_leaf_entry,
	.is_present = npt_is_present,
	.is_leaf = is_leaf,
	.address = address,
	.flags = npt_flags,
	.token = npt_token_of,
	.flush = svm_flush,
	.publish = publish,
};

const struct npt_format *arch_npt_format(void)
{
	struct npt_format *format = virt == &vmx ? &ept : &npt;

	format->max_leaf = cpu_features.gigapages ? 2 : 1;
	return format;
}

/* Each vCPU of a VM has a tag of its own, and VPIDs have 16 bits. */
u32 arch_max_vmid(void)
{
	return 0xffff / MAX_VCPUS - 1;
}

u32 vcpu_tag(const struct vcpu *vcpu)
{
	return vcpu->vm->id * MAX_VCPUS + vcpu->id;
}
