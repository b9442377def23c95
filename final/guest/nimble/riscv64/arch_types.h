/* SPDX-License-Identifier: MIT */
/* riscv64's part of arch.h: registers, Sv39 entries, system calls. Also read by the assembler. */
#ifndef ARCH_TYPES_H
#define ARCH_TYPES_H

/* trap.S saves register xN at 8 * N; x0 needs no saving, so its place holds the pc. */
#define FRAME_PC      0
#define FRAME_SP      16
#define FRAME_A0      80
#define FRAME_SSTATUS 256
#define FRAME_SIZE    272 /* a multiple of 16, as the ABI wants of sp */

#define SSTATUS_SIE  (1 << 1)
#define SSTATUS_SPIE (1 << 5)
#define SSTATUS_SPP  (1 << 8)

#define SWITCH_SIZE 112 /* ra and s0 to s11, rounded up: see switch.S */

#define SATP_SV39 0x8000000000000000

#ifndef __ASSEMBLER__

struct trapframe {
	u64 pc;
	u64 ra, sp, gp, tp, t0, t1, t2, s0, s1;
	u64 a0, a1, a2, a3, a4, a5, a6, a7;
	u64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
	u64 sstatus;
	u64 pad;
};
_Static_assert(offsetof(struct trapframe, sp) == FRAME_SP, "see trap.S");
_Static_assert(offsetof(struct trapframe, a0) == FRAME_A0, "see trap.S");
_Static_assert(offsetof(struct trapframe, sstatus) == FRAME_SSTATUS, "see trap.S");
_Static_assert(sizeof(struct trapframe) == FRAME_SIZE, "see trap.S");

#define KERNEL_BASE    0x80200000ul
#define RAM_END	       0x81000000ul
#define USER_BASE      0x10000ul /* guest.ld has it too */
#define USER_STACK_TOP 0x200000ul

/* Sv39: privileged architecture, "Sv39: Page-Based 39-bit Virtual-Memory System". */
typedef u64 pte_t;
#define PT_LEVELS 3

#define PTE_V (1 << 0)
#define PTE_R (1 << 1)
#define PTE_W (1 << 2)
#define PTE_X (1 << 3)
#define PTE_U (1 << 4)
#define PTE_A (1 << 6)
#define PTE_D (1 << 7)

static inline bool pte_is_present(pte_t pte)
{
	return pte & PTE_V;
}

static inline u64 pte_addr(pte_t pte)
{
	return (pte >> 10 & ((1ul << 44) - 1)) << 12;
}

static inline pte_t pte_table(u64 pa)
{
	return pa >> 12 << 10 | PTE_V;
}

static inline pte_t pte_prot(u32 prot)
{
	return (prot & PROT_READ ? PTE_R : 0) | (prot & PROT_WRITE ? PTE_W : 0) |
	       (prot & PROT_EXEC ? PTE_X : 0) | (prot & PROT_USER ? PTE_U : 0);
}

/* A and D are set from the start: a hart may fault on a clear one instead of setting it. */
static inline pte_t pte_leaf(u64 pa, u32 prot)
{
	return pa >> 12 << 10 | pte_prot(prot) | PTE_A | PTE_D | PTE_V;
}

static inline bool pte_allows(pte_t pte, u32 prot)
{
	return pte_is_present(pte) && (pte & pte_prot(prot)) == pte_prot(prot);
}

/* A user program's side of a system call: number in a7, arguments and result in a0, a1. */
static inline long user_syscall(u64 number, u64 arg0, u64 arg1)
{
	register u64 a0 __asm__("a0") = arg0;
	register u64 a1 __asm__("a1") = arg1;
	register u64 a7 __asm__("a7") = number;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
	return a0;
}

/* user.S: for usertests */
long user_bad_instruction(void);
u64 user_mix_registers(u64 seed);

#endif
#endif
