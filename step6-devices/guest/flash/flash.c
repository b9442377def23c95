// SPDX-License-Identifier: MIT
/*
 * Finds the magic in both flash chips, then treats the first one as what it is: writes are
 * commands. Each command goes to the two 16-bit chips that share the bus.
 */
#include <guest.h>
#include <machine.h>

#define MAGIC 0x646c6670

/* Itself volatile: the chip may lie at address 0, which compilers take for no object's. */
static volatile u32 *const volatile emulated = (volatile u32 *)FLASH_EMULATED;
static volatile u32 *const passed_through = (volatile u32 *)FLASH_PASSED_THROUGH;

#define BOTH(x) ((u32)(x) << 16 | (x))

static void show(const char *what, volatile u32 *flash)
{
	char text[29];

	for (int i = 0; i < 7; i++)
		for (int b = 0; b < 4; b++)
			text[4 * i + b] = flash[1 + i] >> 8 * b;
	text[28] = 0;
	print("  flash: %s: magic %x, \"%s\"\n", what, flash[0], text);
	check(flash[0] == MAGIC);
}

static void program(volatile u32 *word, u32 value)
{
	*word = BOTH(0x40);
	*word = value;
	while (!(*word & 0x80)) /* the status register now: ready? */
		;
}

int guest_main(void)
{
	volatile u32 *word = emulated + 256;

	show("passed through", passed_through);
	show("emulated", emulated);

	*emulated = BOTH(0x90);
	check(emulated[0] == BOTH(0x89) && emulated[1] == BOTH(0x8919));
	print("  flash: manufacturer %x, device %x\n", emulated[0] & 0xffff, emulated[1] & 0xffff);
	*emulated = BOTH(0xff);
	check(emulated[0] == MAGIC);

	check(*word == 0xffffffff);
	program(word, 0x12345678);
	check(*word == BOTH(0x80));
	*word = BOTH(0xff);
	check(*word == 0x12345678);
	/* Bits that are 0 stay 0, and the chip says so. */
	program(word, 0xffffffff);
	check(*word == BOTH(0x90));
	*word = BOTH(0x50);
	*word = BOTH(0xff);
	check(*word == 0x12345678);
	print("  flash: a word programmed and read back\n");
	return 0;
}
