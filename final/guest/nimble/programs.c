// SPDX-License-Identifier: MIT
/* In place of a file system: where each program's main was linked. */
#include "kernel.h"
#include "user.h"

static const struct {
	const char *name;
	long (*main)(long arg);
} programs[] = {
	{ "shell", shell_main }, { "hello", hello_main },
	{ "fib", fib_main },	 { "primes", primes_main },
	{ "sleep", sleep_main }, { "cyclictest", cyclictest_main },
	{ "fault", fault_main }, { "usertests", usertests_main },
};

/*
 * Kept as data: the kernel's instructions need not reach as far as to the user programs' addresses.
 */
const u64 program_start = (u64)user_start;

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

u64 program_entry(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (equal(name, programs[i].name))
			return (u64)programs[i].main;
	return 0;
}
