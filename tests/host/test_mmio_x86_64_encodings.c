// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/mmio.c lib/printf.c */
/* TABLE: mmio_x86_64.py */
/* Thousands of instructions, as objdump reads them: what it says of each, we must say too. */
#include "mmio_x86_64.h"

TEST(moves)
{
	u32 count = 0;

	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++) {
		if (!is_move(e))
			continue;
		struct mmio mmio = decode_encoding(e, MMIO_OK);

		AGREE(mmio.insn_length == e->length);
		AGREE(mmio.width == e->width);
		AGREE(mmio.write == e->memory_first);
		if (!e->immediate)
			AGREE(mmio.reg == e->reg && mmio.reg_width == e->reg_width);
		if (mmio.write)
			AGREE(mmio.value == (e->immediate ? low_bytes(e->value, e->width) :
							    operand(e->reg, e->width)));
		else
			AGREE(mmio.sign_extend == e->is_signed);
		count++;
	}
	CHECK(count > 3000);
}

TEST(moves_that_a_missing_page_cuts_short)
{
	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++)
		for (readable = 0; is_move(e) && readable < e->length; readable++)
			decode_encoding(e, MMIO_RETRY);
}

TEST(what_is_no_move)
{
	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++) {
		if (is_move(e))
			continue;
		decode_encoding(e, MODIFIES ? MMIO_OK : MMIO_UNKNOWN);
		host_console();
	}
}
