// SPDX-License-Identifier: MIT
/*
 * Every form of load and store that compilers make, each at a device: the GIC's priorities hold the
 * upper 5 bits of a byte for each interrupt, the UART's divisor 16 bits, the flash's ID mode reads
 * with all widths.
 */
#include <guest.h>
#include <machine.h>

static volatile u8 *const priority = (volatile u8 *)(GICD + 0x400 + 48); /* of INTID 48 */
static volatile u32 *const divisor = (volatile u32 *)(UART + 0x24);	 /* UARTIBRD */
static volatile u32 *const volatile flash = (volatile u32 *)FLASH_EMULATED;

#define LOAD(insn, address)                                                       \
	({                                                                        \
		u64 value_ = ~0ul;                                                \
		__asm__ volatile(insn : "+&r"(value_) : "r"(address) : "memory"); \
		value_;                                                           \
	})
#define STORE(insn, address, value) \
	__asm__ volatile(insn : : "r"((u64)(value)), "r"(address) : "memory")

/* The same, and the address register must come back moved by @by. */
#define LOAD_MOVING(insn, address, by)                                           \
	({                                                                       \
		u64 value_ = ~0ul, at_ = (u64)(address);                         \
		__asm__ volatile(insn : "+&r"(value_), "+&r"(at_) : : "memory"); \
		check(at_ == (u64)(address) + (by));                             \
		value_;                                                          \
	})
#define STORE_MOVING(insn, address, by, value)                                      \
	({                                                                          \
		u64 at_ = (u64)(address);                                           \
		__asm__ volatile(insn : "+&r"(at_) : "r"((u64)(value)) : "memory"); \
		check(at_ == (u64)(address) + (by));                                \
	})

static void bytes(void)
{
	STORE("strb %w0, [%1]", priority, 0x1234a8);
	check(LOAD("ldrb %w0, [%1]", priority) == 0xa8);
	check(LOAD("ldrsb %w0, [%1]", priority) == 0xffffffa8);
	check(LOAD("ldrsb %0, [%1]", priority) == 0xffffffffffffffa8);
	check(LOAD("ldurb %w0, [%1, #-1]", priority + 1) == 0xa8);
	STORE("strb wzr, [%1]", priority, 0);
	check(LOAD("ldarb %w0, [%1]", priority) == 0);
}

static void words(void)
{
	STORE("str %w0, [%1]", priority, 0x12345678f0e8a098);
	check(LOAD("ldr %w0, [%1]", priority) == 0xf0e8a098);
	check(LOAD("ldrsw %0, [%1]", priority) == 0xfffffffff0e8a098);
	check(LOAD("ldr %w0, [%1, %w0, sxtw #2]", priority + 4) == 0xf0e8a098); /* its ~0 is -1 */
	check(LOAD("ldrb %w0, [%1, #2]", priority) == 0xe8);
	STORE("stlr %w0, [%1]", priority, 0x10203040);
	check(LOAD("ldar %w0, [%1]", priority) == 0x10203040);
	/* Into wzr: the access happens, its result goes nowhere. */
	__asm__ volatile("ldr wzr, [%0]" : : "r"(priority) : "memory");
	STORE("str wzr, [%1]", priority, 0);
	check(LOAD("ldr %w0, [%1]", priority) == 0);
}

/*
 * The address register is changed too. Of these the CPU says only where they went (ESR_EL2.ISV = 0;
 * DDI 0487, "ESR_EL1", "ISS encoding for an exception from a Data Abort").
 */
static void address_moves(void)
{
	STORE_MOVING("strb %w1, [%0], #1", priority, 1, 0xa8);
	STORE_MOVING("strb %w1, [%0, #-2]!", priority + 3, -2, 0x1298);
	check(LOAD_MOVING("ldrb %w0, [%1], #-256", priority, -256) == 0xa8);
	check(LOAD_MOVING("ldrb %w0, [%1, #255]!", priority - 254, 255) == 0x98);
	check(LOAD_MOVING("ldrsb %w0, [%1], #1", priority, 1) == 0xffffffa8);
	check(LOAD_MOVING("ldrsb %0, [%1], #1", priority, 1) == 0xffffffffffffffa8);

	STORE_MOVING("strh %w1, [%0], #4", divisor, 4, 0x8919);
	check(LOAD_MOVING("ldrh %w0, [%1], #2", divisor, 2) == 0x8919);
	check(LOAD_MOVING("ldrsh %w0, [%1, #4]!", divisor - 1, 4) == 0xffff8919);
	check(LOAD_MOVING("ldrsh %0, [%1], #-2", divisor, -2) == 0xffffffffffff8919);

	STORE_MOVING("str %w1, [%0], #4", priority, 4, 0x12345678f0e8a098);
	check(LOAD_MOVING("ldr %w0, [%1], #8", priority, 8) == 0xf0e8a098);
	check(LOAD_MOVING("ldrsw %0, [%1, #-8]!", priority + 8, -8) == 0xfffffffff0e8a098);
	STORE_MOVING("str wzr, [%0, #4]!", priority - 4, 4, 0);
	check(LOAD_MOVING("ldr %w0, [%1], #4", priority, 4) == 0);
	check(LOAD_MOVING("ldr wzr, [%1], #4", priority, 4) == ~0ul);
}

/* Register 31 is sp where it is an address, and wzr where it is moved. */
static void stack_pointer(void)
{
	u64 value = 0x10203040, after;

	__asm__ volatile("mov x9, sp; mov sp, %2; str %w0, [sp], #16; mov %0, #0\n"
			 "ldr %w0, [sp, #-16]!; str wzr, [sp], #32; mov %1, sp; mov sp, x9"
			 : "+&r"(value), "=&r"(after)
			 : "r"(priority)
			 : "x9", "memory");
	check(value == 0x10203040);
	check(after == (u64)priority + 32);
	check(LOAD("ldr %w0, [%1]", priority) == 0);
}

static void halves(void)
{
	STORE("strh %w0, [%1]", divisor, 0x12345);
	check(LOAD("ldrh %w0, [%1]", divisor) == 0x2345);
	*flash = 0x00900090;
	check(LOAD("ldrh %w0, [%1, #4]", flash) == 0x8919);
	check(LOAD("ldrsh %w0, [%1, #4]", flash) == 0xffff8919);
	check(LOAD("ldrsh %0, [%1, #4]", flash) == 0xffffffffffff8919);
	check(LOAD("ldrh %w0, [%1, #6]", flash) == 0x8919);
	check(LOAD("ldrb %w0, [%1, #5]", flash) == 0x89);
	check(LOAD("ldrsw %0, [%1, #4]", flash) == 0xffffffff89198919);
	check(LOAD("ldr %w0, [%1, #4]", flash) == 0x89198919);
	*flash = 0x00ff00ff;
}

int guest_main(void)
{
	bytes();
	words();
	address_moves();
	stack_pointer();
	halves();
	print("  mmio: loads and stores of every form came through\n");
	return 0;
}
