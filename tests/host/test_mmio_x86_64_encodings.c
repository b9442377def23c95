// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/mmio.c lib/printf.c */
/* TABLE: mmio_x86_64.py */
/* Thousands of instructions, as objdump reads them: what it says of each, we must say too. */
#include "mmio_x86_64.h"

static const struct encoding {
	u8 mode, length;
	const char *bytes;
	const char *name;
	u8 width;
	bool memory_first, is_signed, immediate;
	u8 reg, reg_width;
	u64 value; /* of the immediate */
	const char *text;
} encodings[] = {
#include TABLE
};

static bool is_move(const struct encoding *encoding)
{
	return !strcmp(encoding->name, "mov");
}

static u64 low_bytes(u64 value, u32 width)
{
	return width < 8 ? value & (BIT(8 * width) - 1) : value;
}

/* What follows the instruction is anything. */
static struct mmio decode_encoding(const struct encoding *encoding, enum mmio_result expected)
{
	set_mode(encoding->mode);
	fill_registers();
	for (u32 i = 0; i < sizeof(memory); i++)
		memory[i] = i < encoding->length ? (u8)encoding->bytes[i] : host_random(256);
	return decode(expected, encoding->text);
}

#define AGREE(condition) CHECK_SAYING(condition, "%s (%u bits)", e->text, e->mode)

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
	u32 count = 0;

	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++) {
		if (is_move(e))
			continue;
		struct mmio mmio = decode_encoding(e, MODIFIES ? MMIO_OK : MMIO_UNKNOWN);

		if (++count % 500 == 0)
			host_console();
		if (MODIFIES)
			AGREE(mmio.insn_length == e->length && mmio.width == e->width &&
			      !mmio.write);
	}
	CHECK(count > 3000);
}
