/* SPDX-License-Identifier: MIT */
/* aarch64's part of arch.h: registers, table descriptors, system calls. Also for the assembler. */
#ifndef ARCH_TYPES_H
#define ARCH_TYPES_H

/* trap.S saves register xN at 8 * N; what would be x31 is sp. */
#define FRAME_X30  240
#define FRAME_SP   248
#define FRAME_PC   256
#define FRAME_SPSR 264
#define FRAME_SIZE 272 /* a multiple of 16, as the CPU wants of sp (SCTLR_EL1.SA) */

#define SPSR_EL1 (1 << 2) /* SPSR_EL1.M: from the kernel; all 0 is user mode, interrupts on */

#define SWITCH_SIZE 96 /* x19 to x30: see switch.S */

#define ATTR_NORMAL 0 /* places in MAIR_EL1 */
#define ATTR_DEVICE 1

#ifndef __ASSEMBLER__

struct trapframe {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 spsr;
};
_Static_assert(offsetof(struct trapframe, x[30]) == FRAME_X30, "see trap.S");
_Static_assert(offsetof(struct trapframe, sp) == FRAME_SP, "see trap.S");
_Static_assert(offsetof(struct trapframe, pc) == FRAME_PC, "see trap.S");
_Static_assert(offsetof(struct trapframe, spsr) == FRAME_SPSR, "see trap.S");
_Static_assert(sizeof(struct trapframe) == FRAME_SIZE, "see trap.S");

#define KERNEL_BASE    0x40080000ul
#define RAM_END	       0x41000000ul
#define USER_BASE      0x8000010000ul /* in a root entry of its own; guest.ld has it too */
#define USER_STACK_TOP 0x8000200000ul

/* VMSAv8-64 with 4 KiB pages and 48-bit addresses: four levels (DDI 0487, "VMSAv8-64"). */
typedef u64 pte_t;
#define PT_LEVELS 4

#define PTE_VALID    (1ul << 0)
#define PTE_TABLE    (1ul << 1) /* a table; on the last level, a page */
#define PTE_ATTR(n)  ((n) * (1ul << 2))
#define PTE_USER     (1ul << 6)
#define PTE_READONLY (1ul << 7)
#define PTE_SH_INNER (3ul << 8)
#define PTE_AF	     (1ul << 10)
#define PTE_PXN	     (1ul << 53)
#define PTE_UXN	     (1ul << 54)

static inline bool pte_is_present(pte_t pte)
{
	return pte & PTE_VALID;
}

static inline u64 pte_addr(pte_t pte)
{
	return pte & 0x0000fffffffff000;
}

static inline pte_t pte_table(u64 pa)
{
	return pa | PTE_TABLE | PTE_VALID;
}

/* Here bits forbid; what the kernel may execute, user mode may not, and the other way round. */
static inline pte_t pte_prot(u32 prot)
{
	bool user = prot & PROT_USER, exec = prot & PROT_EXEC;

	return (prot & PROT_WRITE ? 0 : PTE_READONLY) | (user ? PTE_USER : 0) |
	       (user && exec ? 0 : PTE_UXN) | (!user && exec ? 0 : PTE_PXN);
}

/* AF is set from the start: on a clear one the CPU faults. */
static inline pte_t pte_leaf(u64 pa, u32 prot)
{
	return pa | PTE_ATTR(prot & PROT_DEVICE ? ATTR_DEVICE : ATTR_NORMAL) | PTE_SH_INNER |
	       pte_prot(prot) | PTE_AF | PTE_TABLE | PTE_VALID;
}

static inline bool pte_allows(pte_t pte, u32 prot)
{
	return pte_is_present(pte) && !(prot & PROT_WRITE && pte & PTE_READONLY) &&
	       !(prot & PROT_USER && !(pte & PTE_USER)) &&
	       !(prot & PROT_EXEC && pte & (prot & PROT_USER ? PTE_UXN : PTE_PXN));
}

/* A user program's side of a system call: number in x8, arguments and result in x0, x1. */
static inline long user_syscall(u64 number, u64 arg0, u64 arg1)
{
	register u64 x0 __asm__("x0") = arg0;
	register u64 x1 __asm__("x1") = arg1;
	register u64 x8 __asm__("x8") = number;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x8) : "memory");
	return x0;
}

/* user.S: for usertests */
long user_bad_instruction(void);
u64 user_mix_registers(u64 seed);

#endif
#endif
