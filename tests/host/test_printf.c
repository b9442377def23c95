// SPDX-License-Identifier: MIT
/* SOURCES: lib/printf.c */
#include "host.h"
#include <hv/printf.h>

/* The host's own one judges ours. */
int host_snprintf(char *buf, size_t size, const char *fmt, ...) __asm__("snprintf");

#define SAME(...)                                                                            \
	do {                                                                                 \
		char ours_[200], theirs_[200];                                               \
		int length_ = snprintf(ours_, sizeof(ours_), __VA_ARGS__);                   \
		int wanted_ = host_snprintf(theirs_, sizeof(theirs_), __VA_ARGS__);          \
		if (strcmp(ours_, theirs_) || length_ != wanted_)                            \
			host_fail(__FILE__, __LINE__, "expected \"%s\" (%d), seen \"%s\" (%d)", \
				  theirs_, wanted_, ours_, length_);                         \
	} while (0)

TEST(plain_text_and_percent)
{
	SAME("plain");
	SAME("%s", "");
	SAME("100 %%, and %% again");
}

TEST(numbers_at_their_limits)
{
	SAME("%d %d %d %d", 0, 1, -1, 42);
	SAME("%d %d", 2147483647, -2147483647 - 1);
	SAME("%u %x", 4294967295u, 4294967295u);
	SAME("%ld %ld", 9223372036854775807l, -9223372036854775807l - 1);
	SAME("%lu %lx", 18446744073709551615ul, 18446744073709551615ul);
	SAME("%llu %llx %zu", 1ull << 63, 1ull << 63, (size_t)7);
}

TEST(width_and_zeroes)
{
	SAME("[%5d] [%-5d] [%05d]", 42, 42, 42);
	SAME("[%5d] [%-5d]", -42, -42);
	SAME("[%016lx] [%8x] [%-8x]", 0xabcdef0123ul, 0xbeef, 0xbeef);
	SAME("[%2d] [%1s]", 12345, "longer");
	SAME("[%40d]", 7);
}

TEST(negative_number_with_leading_zeroes)
{
	SAME("[%05d] [%08ld]", -42, -1234567890123l);
}

TEST(strings)
{
	SAME("[%s] [%10s] [%-10s]", "abc", "abc", "abc");
	SAME("[%.2s] [%.0s] [%10.2s] [%-10.9s]", "abc", "abc", "abc", "abc");
}

TEST(precision_reads_no_further)
{
	char *exact = malloc(3);

	memcpy(exact, "abc", 3);
	SAME("[%.3s]", exact);
	free(exact);
}

TEST(characters)
{
	SAME("[%c] [%3c] [%-3c]", 'a', 'b', 'c');
}

TEST(pointers)
{
	SAME("[%p] [%20p]", (void *)0x80200000ul, (void *)-1l);
}

TEST(buffer_that_is_too_small)
{
	for (size_t size = 0; size < 14; size++) {
		char *exact = malloc(size + 1);
		int length;

		memset(exact, '#', size + 1);
		length = snprintf(exact, size, "hello, %s", "world");
		CHECK_EQUAL(length, 12);
		if (size)
			CHECK_EQUAL(strlen(exact), size - 1 < 12 ? size - 1 : 12);
		CHECK(exact[size] == '#');
		free(exact);
	}
}

TEST(console_gets_what_printf_prints)
{
	CHECK_EQUAL(printf("%s %d\n", "line", 7), 7);
	CHECK(!strcmp(host_console(), "line 7\n"));
}

TEST(unknown_conversion_is_printed_as_it_stands)
{
	char text[40];
	const char *volatile odd = "[%q] [%";

	snprintf(text, sizeof(text), odd);
	CHECK(!strcmp(text, "[%q] [%"));
}
