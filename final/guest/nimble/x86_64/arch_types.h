/* SPDX-License-Identifier: MIT */
/* x86_64's part of arch.h: registers, table entries, system calls. Also read by the assembler. */
#ifndef ARCH_TYPES_H
#define ARCH_TYPES_H

/* Of struct trapframe; the CPU itself pushes what lies from rip on (SDM 6.14.2). */
#define FRAME_CS   144
#define FRAME_SIZE 176

#define SWITCH_SIZE 56 /* r15 to r12, rbp, rbx, the return address: see switch.S */

/* Selectors of our GDT, in the order that SYSCALL wants; the last two bits are the level. */
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_DATA   0x1b
#define USER_CODE   0x23
#define TSS	    0x28

/* In the TSS, which GS points to in the kernel: its stack, and a place that nothing else uses. */
#define TSS_RSP0 4
#define TSS_RSP1 12

#define VECTOR_SYSCALL 256 /* in a frame: no interrupt's */

#ifndef __ASSEMBLER__

/* Aligned because the CPU aligns its stack pointer before it pushes. */
struct trapframe {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));
_Static_assert(offsetof(struct trapframe, cs) == FRAME_CS, "see trap.S");
_Static_assert(sizeof(struct trapframe) == FRAME_SIZE, "see trap.S");

#define KERNEL_BASE    0x200000ul
#define RAM_END	       0x1000000ul
#define USER_BASE      0x40010000ul /* in a root entry of its own; guest.ld has it too */
#define USER_STACK_TOP 0x40200000ul

/*
 * Four-level paging (SDM 4.5), of which each address space has three: of the first table only the
 * first entry is used, and arch_use_space() has it point to the space's root. So a root entry
 * covers 1 GiB, and all programs lie where 32-bit relocations reach.
 */
typedef u64 pte_t;
#define PT_LEVELS 3

#define PTE_P	(1ul << 0)
#define PTE_W	(1ul << 1)
#define PTE_U	(1ul << 2)
#define PTE_PWT (1ul << 3)
#define PTE_PCD (1ul << 4)
#define PTE_A	(1ul << 5)
#define PTE_D	(1ul << 6)
#define PTE_XD	(1ul << 63)

static inline bool pte_is_present(pte_t pte)
{
	return pte & PTE_P;
}

static inline u64 pte_addr(pte_t pte)
{
	return pte & 0x000ffffffffff000;
}

/* What a table's entry forbids, no entry below can allow. */
static inline pte_t pte_table(u64 pa)
{
	return pa | PTE_U | PTE_W | PTE_P;
}

static inline pte_t pte_prot(u32 prot)
{
	return (prot & PROT_WRITE ? PTE_W : 0) | (prot & PROT_USER ? PTE_U : 0) |
	       (prot & PROT_EXEC ? 0 : PTE_XD) | (prot & PROT_DEVICE ? PTE_PCD | PTE_PWT : 0);
}

static inline pte_t pte_leaf(u64 pa, u32 prot)
{
	return pa | pte_prot(prot) | PTE_D | PTE_A | PTE_P;
}

static inline bool pte_allows(pte_t pte, u32 prot)
{
	return pte_is_present(pte) && !(prot & PROT_WRITE && !(pte & PTE_W)) &&
	       !(prot & PROT_USER && !(pte & PTE_U)) && !(prot & PROT_EXEC && pte & PTE_XD);
}

/* A user program's side of a system call: number and result in rax, arguments in rdi, rsi. */
static inline long user_syscall(u64 number, u64 arg0, u64 arg1)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(arg0), "S"(arg1)
			 : "rcx", "r11", "memory");
	return result;
}

/* user.S: for usertests */
long user_bad_instruction(void);
u64 user_mix_registers(u64 seed);

#endif
#endif
