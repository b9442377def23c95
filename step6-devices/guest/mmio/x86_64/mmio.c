// SPDX-License-Identifier: MIT
/*
 * Every form of load and store that compilers make, each at a device: the flash's ID mode reads
 * with all widths, the local APIC's initial count holds the 32 bits that all stores there have.
 */
#include <cpu.h>
#include <guest.h>
#include <machine.h>

#define MSR_FS_BASE 0xc0000100
#define BEHIND	    (1ul << 32) /* what an address of 32 bits does not have */

static volatile u32 *const flash = (volatile u32 *)FLASH_EMULATED;
static volatile u32 *const count = (volatile u32 *)(LAPIC + 0x380);

/* Which of the bits of rax change is a matter of the form: those that do not are ones. */
#define LOAD(insn, address)                                                       \
	({                                                                        \
		u64 value_ = ~0ul;                                                \
		__asm__ volatile(insn : "+&a"(value_) : "r"(address) : "memory"); \
		value_;                                                           \
	})
#define STORE(insn, address, value) \
	__asm__ volatile(insn : : "a"((u64)(value)), "r"(address) : "memory")

/* The second word of the ID: its bytes are 0x19, 0x89, 0x19, 0x89. */
static void widths(void)
{
	check(LOAD("movb 5(%1), %b0", flash) == 0xffffffffffffff89);
	check(LOAD("movw 4(%1), %w0", flash) == 0xffffffffffff8919);
	check(LOAD("movl 4(%1), %k0", flash) == 0x89198919); /* the upper half becomes 0 */
	check(LOAD("movb 5(%1), %h0", flash) == 0xffffffffffff89ff);
}

static void extensions(void)
{
	check(LOAD("movzbw 5(%1), %w0", flash) == 0xffffffffffff0089);
	check(LOAD("movzbl 5(%1), %k0", flash) == 0x89);
	check(LOAD("movzbq 5(%1), %q0", flash) == 0x89);
	check(LOAD("movsbw 5(%1), %w0", flash) == 0xffffffffffffff89);
	check(LOAD("movsbl 5(%1), %k0", flash) == 0xffffff89);
	check(LOAD("movsbq 5(%1), %q0", flash) == 0xffffffffffffff89);
	check(LOAD("movzwl 4(%1), %k0", flash) == 0x8919);
	check(LOAD("movzwq 6(%1), %q0", flash) == 0x8919);
	check(LOAD("movswl 4(%1), %k0", flash) == 0xffff8919);
	check(LOAD("movswq 4(%1), %q0", flash) == 0xffffffffffff8919);
	check(LOAD("movslq 4(%1), %q0", flash) == 0xffffffff89198919);
}

/*
 * The other registers: with a prefix, numbers 4 to 7 mean the low bytes of four registers, without
 * one the second bytes of the first four (SDM volume 2, 3.1.1.1).
 */
static void registers(void)
{
#define LOAD_BY(reg, insn)                                                         \
	({                                                                         \
		u64 value_;                                                        \
		__asm__ volatile("mov $-1, %%" reg "; " insn "; mov %%" reg ", %0" \
				 : "=r"(value_)                                    \
				 : "a"(flash)                                      \
				 : reg, "memory");                                 \
		value_;                                                            \
	})
	check(LOAD_BY("rcx", "movb 5(%%rax), %%ch") == 0xffffffffffff89ff);
	check(LOAD_BY("rdx", "movb 5(%%rax), %%dh") == 0xffffffffffff89ff);
	check(LOAD_BY("rbx", "movb 5(%%rax), %%bh") == 0xffffffffffff89ff);
	check(LOAD_BY("rsi", "movb 5(%%rax), %%sil") == 0xffffffffffffff89);
	check(LOAD_BY("rdi", "movb 5(%%rax), %%dil") == 0xffffffffffffff89);
	check(LOAD_BY("r8", "movw 4(%%rax), %%r8w") == 0xffffffffffff8919);
	check(LOAD_BY("r15", "movl 4(%%rax), %%r15d") == 0x89198919);
	check(LOAD_BY("r12", "movsbl 5(%%rax), %%r12d") == 0xffffff89);
}

/* What an address is made of (SDM volume 2, 2.1.5). */
static void addresses(void)
{
#define LOAD_FROM(reg, value, insn)                                               \
	({                                                                        \
		u64 value_ = ~0ul;                                                \
		__asm__ volatile("mov %1, %%" reg "; " insn                       \
				 : "+&a"(value_)                                  \
				 : "r"((u64)flash + (value)), "c"(1ul), "d"(-2ul) \
				 : reg, "memory");                                \
		value_;                                                           \
	})
	check(LOAD_FROM("r12", 4, "movl (%%r12), %k0") == 0x89198919);
	check(LOAD_FROM("r13", 4, "movl (%%r13), %k0") == 0x89198919);
	check(LOAD_FROM("r13", 0, "movl (%%r13, %%rcx, 4), %k0") == 0x89198919);
	check(LOAD_FROM("rsi", 20, "movl (%%rsi, %%rdx, 8), %k0") == 0x89198919);
	check(LOAD_FROM("rsi", 132, "movl -128(%%rsi), %k0") == 0x89198919);
	check(LOAD_FROM("rsi", -0x1000, "movl 0x1000(%%rsi, %%rcx, 4), %k0") == 0x89198919);
	check(LOAD_FROM("rsi", 4 + BEHIND, "movl (%%esi), %k0") == 0x89198919);
	check(LOAD("movl 4(, %1, 1), %k0", flash) == 0x89198919);
	check(LOAD("addr32 movl 0xff000004, %k0", flash) == 0x89198919);
	check(LOAD("movabs 0xff000004, %k0", flash) == 0x89198919);
	check(LOAD("movabs 0xff000004, %w0", flash) == 0xffffffffffff8919);
	check(LOAD("movabs 0xff000005, %b0", flash) == 0xffffffffffffff89);
	msr_write(MSR_FS_BASE, (u64)flash);
	check(LOAD("movl %%fs:4, %k0", flash) == 0x89198919);
	msr_write(MSR_FS_BASE, 0);
}

static void stack_pointer(void)
{
	u64 value;

	__asm__ volatile("mov %%rsp, %%r9; mov %1, %%rsp; movl 4(%%rsp), %k0; mov %%r9, %%rsp"
			 : "=&r"(value)
			 : "r"(flash)
			 : "r9", "memory");
	check(value == 0x89198919);
}

static void stores(void)
{
	STORE("movl %k0, (%1)", count, 0x12345678f0e8a098);
	check(LOAD("movl (%1), %k0", count) == 0xf0e8a098);
	__asm__ volatile("movl $0x89abcdef, (%0)" : : "r"(count) : "memory");
	check(*count == 0x89abcdef);
	__asm__ volatile("mov %0, %%r14; movl %%r14d, (%1)"
			 :
			 : "r"(7ul), "r"(count)
			 : "r14", "memory");
	check(*count == 7);
	STORE("movabs %k0, 0xfee00380", count, 0x10203040);
	check(*count == 0x10203040);
	STORE("movl $0, (%1)", count, 0);
	check(*count == 0);
}

int guest_main(void)
{
	*flash = 0x00900090;
	widths();
	extensions();
	registers();
	addresses();
	stack_pointer();
	*flash = 0x00ff00ff;
	stores();
	print("  mmio: loads and stores of every form came through\n");
	return 0;
}
