/* SPDX-License-Identifier: MIT */
/*
 * Host-side tests of the hypervisor's own sources. Each file is linked with the sources that it
 * names in a line `SOURCES: …`, under ASan and UBSan, and run once for each TEST.
 */
#ifndef HOST_H
#define HOST_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hv/end.h>
#include <hv/types.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void host_add_test(struct test *test);
_Noreturn void host_fail(const char *file, int line, const char *fmt, ...);

#define TEST(test_name)                                                                      \
	static void test_name(void);                                                         \
	__attribute__((constructor)) static void add_##test_name(void)                       \
	{                                                                                    \
		static struct test test = { #test_name, test_name, NULL };                   \
		host_add_test(&test);                                                        \
	}                                                                                    \
	static void test_name(void)

#define CHECK(condition) CHECK_SAYING(condition, "%s", "")
#define CHECK_SAYING(condition, ...)                                                         \
	do {                                                                                 \
		if (!(condition))                                                            \
			host_fail(__FILE__, __LINE__, #condition " does not hold. " __VA_ARGS__); \
	} while (0)
#define CHECK_EQUAL(seen, expected)                                                          \
	do {                                                                                 \
		u64 seen_ = (seen), expected_ = (expected);                                  \
		if (seen_ != expected_)                                                      \
			host_fail(__FILE__, __LINE__, #seen ": expected %#lx, seen %#lx",    \
				  (unsigned long)expected_, (unsigned long)seen_);           \
	} while (0)

/* True if the statement ended in panic(). */
#define PANICS(statement)                                                                    \
	({                                                                                   \
		host_panic_set = true;                                                       \
		bool panicked_ = setjmp(host_panic) != 0;                                    \
		if (!panicked_) {                                                            \
			statement;                                                           \
		}                                                                            \
		host_panic_set = false;                                                      \
		panicked_;                                                                   \
	})
extern jmp_buf host_panic;
extern bool host_panic_set;

/* RAM for the hypervisor, with nothing mapped on either side of it. */
void *host_ram(size_t size, size_t align);

/* The same numbers in every run. */
u64 host_random(u64 below);

/* System registers, by their names. */
u64 host_sysreg_read(const char *reg);
void host_sysreg_write(const char *reg, u64 value);

/* What has come out on the console, which is then empty. */
const char *host_console(void);

#endif
