// SPDX-License-Identifier: MIT
/*
 * What a flash driver does first: asks the chip what it is, then erases a block and fills it anew.
 */
#include <guest.h>
#include <machine.h>

/* Itself volatile: the chip may lie at address 0, which compilers take for no object's. */
static volatile u32 *const volatile flash = (volatile u32 *)FLASH_EMULATED;

#define BOTH(x) ((u32)(x) << 16 | (x))

static u8 query(u32 word)
{
	check((flash[word] & 0xffff) == flash[word] >> 16); /* the two chips are alike */
	return flash[word];
}

static void wait_until_ready(void)
{
	while (!(*flash & 0x80))
		;
	check(*flash == BOTH(0x80));
}

int guest_main(void)
{
	u64 size, block;
	u32 blocks;

	flash[0x55] = BOTH(0x98);
	check(query(0x10) == 'Q' && query(0x11) == 'R' && query(0x12) == 'Y');
	check(query(0x13) == 1 && query(0x14) == 0);
	check(query(query(0x15)) == 'P');
	size = 2ul << query(0x27);
	blocks = query(0x2d) + 256 * query(0x2e) + 1;
	block = 2 * 256ul * (query(0x2f) + 256 * query(0x30));
	print("  cfi: %lu KiB in %u blocks of %lu KiB\n", size / 1024, blocks, block / 1024);
	check(size == blocks * block);

	/*
	 * The first block holds the magic; after an erase it holds ones, and can be programmed
	 * again.
	 */
	*flash = BOTH(0xff);
	check(*flash == 0x646c6670);
	*flash = BOTH(0x20);
	*flash = BOTH(0xd0);
	wait_until_ready();
	*flash = BOTH(0xff);
	for (u64 i = 0; i < block / 4; i += 256)
		check(flash[i] == 0xffffffff);
	*flash = BOTH(0x40);
	*flash = 0x600df1a5;
	wait_until_ready();
	*flash = BOTH(0xff);
	check(*flash == 0x600df1a5);

	/* An erase that is not confirmed erases nothing and says so. */
	*flash = BOTH(0x20);
	*flash = BOTH(0x00);
	check(*flash == BOTH(0xb0));
	*flash = BOTH(0x50);
	*flash = BOTH(0xff);
	check(*flash == 0x600df1a5);
	print("  cfi: a block erased and programmed anew\n");
	return 0;
}
