// SPDX-License-Identifier: MIT
/* SOURCES: lib/cmdline.c lib/printf.c lib/string.c */
#include "host.h"
#include <hv/arch.h>
#include <hv/cmdline.h>

static const char *given;

void arch_boot_cmdline(u64 boot_data, char *buf, size_t size)
{
	(void)boot_data;
	strncpy(buf, given, size - 1);
	buf[size - 1] = 0;
}

static const char *get(const char *line, const char *key)
{
	static char value[64];

	given = line;
	cmdline_init(0);
	cmdline_get(key, value, sizeof(value), "none");
	return value;
}

static u64 number(const char *line)
{
	given = line;
	cmdline_init(0);
	return cmdline_get_u64("n", 99);
}

TEST(value_at_each_place)
{
	CHECK(!strcmp(get("a=1 b=2 c=3", "a"), "1"));
	CHECK(!strcmp(get("a=1 b=2 c=3", "b"), "2"));
	CHECK(!strcmp(get("a=1 b=2 c=3", "c"), "3"));
	CHECK(!strcmp(get("  a=1   b=2  ", "b"), "2"));
}

TEST(key_that_is_not_there)
{
	CHECK(!strcmp(get("", "a"), "none"));
	CHECK(!strcmp(get("a b=2", "a"), "none"));
	CHECK(!strcmp(get("nonces=1 once=2 xnonce=3", "nonce"), "none"));
	CHECK(!strcmp(get("b=a=1", "a"), "none"));
}

TEST(first_one_wins)
{
	CHECK(!strcmp(get("nonce=good guest=x nonce=bad", "nonce"), "good"));
}

TEST(empty_value)
{
	CHECK(!strcmp(get("a= b=2", "a"), ""));
	CHECK(!strcmp(get("a=", "a"), ""));
}

TEST(value_is_cut_to_the_buffer)
{
	for (size_t size = 1; size < 8; size++) {
		char *value = malloc(size);

		given = "a=123456";
		cmdline_init(0);
		CHECK(cmdline_get("a", value, size, "none"));
		CHECK_EQUAL(strlen(value), size - 1 < 6 ? size - 1 : 6);
		CHECK(!strncmp(value, "123456", size - 1));
		free(value);
	}
}

TEST(numbers)
{
	CHECK_EQUAL(number("n=0"), 0);
	CHECK_EQUAL(number("n=268435456"), 268435456);
	CHECK_EQUAL(number("n=0x80200000"), 0x80200000);
	CHECK_EQUAL(number("n=0xDeadBeef x=1"), 0xdeadbeef);
	CHECK_EQUAL(number("n=18446744073709551615"), ~0ul);
}

TEST(what_is_no_number)
{
	CHECK_EQUAL(number("n="), 99);
	CHECK_EQUAL(number("n=12x"), 99);
	CHECK_EQUAL(number("n=0x"), 99);
	CHECK_EQUAL(number("n=0xfg"), 99);
	CHECK_EQUAL(number("n=-1"), 99);
	CHECK_EQUAL(number("n=a"), 99);
	CHECK_EQUAL(number(""), 99);
}

TEST(line_that_is_too_long_is_cut)
{
	char *line = malloc(5000);

	memset(line, 'x', 4999);
	line[4999] = 0;
	memcpy(line, "a=1 ", 4);
	CHECK(!strcmp(get(line, "a"), "1"));
	free(line);
}
