// SPDX-License-Identifier: MIT
/*
 * Every form of load and store that compilers make, each at a device: the PLIC's priority registers
 * hold 3 bits of a word, the UART's scratch register a byte, the flash's ID mode reads with all
 * widths.
 */
#include <guest.h>
#include <machine.h>

static volatile u8 *const scratch = (volatile u8 *)(UART + 7);
static volatile u32 *const priority = (volatile u32 *)(PLIC + 4 * 5);
static volatile u32 *const flash = (volatile u32 *)FLASH_EMULATED;

#define LOAD(insn, address)                                                                     \
	({                                                                                      \
		u64 value_;                                                                     \
		__asm__ volatile(insn : "=&r"(value_) : "r"(address) : "memory");               \
		value_;                                                                         \
	})
#define STORE(insn, address, value) \
	__asm__ volatile(insn : : "r"((u64)(value)), "r"(address) : "memory")

static void bytes(void)
{
	STORE("sb %0, 0(%1)", scratch, 0x1234a5);
	check(LOAD("lbu %0, 0(%1)", scratch) == 0xa5);
	check(LOAD("lb %0, 0(%1)", scratch) == 0xffffffffffffffa5);
	check(LOAD("lbu %0, -1(%1)", scratch + 1) == 0xa5);
}

static void words(void)
{
	STORE("sw %0, 0(%1)", priority, 0x123456789abcdef5);
	check(LOAD("lw %0, 0(%1)", priority) == 5);
	check(LOAD("lwu %0, 0(%1)", priority) == 5);
	/* Into x0: the access happens, its result goes nowhere. */
	__asm__ volatile("lw zero, 0(%0)" : : "r"(priority) : "memory");
}

/* c.sw and c.lw take x8 to x15; c.swsp and c.lwsp sp with any register. */
static void compressed(void)
{
	register u64 a0 __asm__("a0") = 3;
	register volatile u32 *a1 __asm__("a1") = priority;
	u64 t0;

	__asm__ volatile("c.sw a0, 0(a1); li a0, 0; c.lw a0, 0(a1)"
			 : "+r"(a0)
			 : "r"(a1)
			 : "memory");
	check(a0 == 3);
	__asm__ volatile("mv t2, sp; mv sp, %1; li t1, 6; c.swsp t1, 0(sp); c.lwsp %0, 0(sp); mv "
			 "sp, t2"
			 : "=&r"(t0)
			 : "r"(priority)
			 : "t1", "t2", "memory");
	check(t0 == 6);
}

static void halves(void)
{
	*flash = 0x00900090;
	check(LOAD("lhu %0, 4(%1)", flash) == 0x8919);
	check(LOAD("lh %0, 4(%1)", flash) == 0xffffffffffff8919);
	check(LOAD("lhu %0, 6(%1)", flash) == 0x8919);
	check(LOAD("lbu %0, 5(%1)", flash) == 0x89);
	check(LOAD("lw %0, 4(%1)", flash) == 0xffffffff89198919);
	check(LOAD("lwu %0, 4(%1)", flash) == 0x89198919);
	*flash = 0x00ff00ff;
}

int guest_main(void)
{
	bytes();
	words();
	compressed();
	halves();
	print("  mmio: loads and stores of every form came through\n");
	return 0;
}
