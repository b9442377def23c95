// SPDX-License-Identifier: MIT
/* The small programs that the shell starts. */
#include "kernel.h"
#include "user.h"

#define CYCLE_US 10000

long hello_main(long arg)
{
	print("Hello from process ");
	print_num(sys(SYS_GETPID, 0, 0));
	print(" in user mode!\n");
	return arg;
}

static long fib(long n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

long fib_main(long n)
{
	if (n > 40) {
		print("fib: at most 40, or it takes for ever\n");
		return 1;
	}
	print_num(fib(n));
	print("\n");
	return 0;
}

long primes_main(long limit)
{
	long count = 0;

	for (long n = 2; n <= limit; n++) {
		long d = 2;

		while (d * d <= n && n % d)
			d++;
		count += d * d > n;
	}
	print_num(count);
	print(" primes up to ");
	print_num(limit);
	print("\n");
	return 0;
}

long sleep_main(long ms)
{
	long start = sys(SYS_TIME, 0, 0);

	sys(SYS_SLEEP, ms * 1000, 0);
	print("slept ");
	print_num((sys(SYS_TIME, 0, 0) - start) / 1000);
	print(" ms\n");
	return 0;
}

/* How late a sleeper wakes: what a hypervisor adds to it shows in the maximum. */
long cyclictest_main(long rounds)
{
	long min = -1, max = 0, sum = 0;

	if (!rounds)
		rounds = 10;
	for (long i = 0; i < rounds; i++) {
		long start = sys(SYS_TIME, 0, 0), late;

		sys(SYS_SLEEP, CYCLE_US, 0);
		late = sys(SYS_TIME, 0, 0) - start - CYCLE_US;
		if (late < 0)
			return 1;
		min = min < 0 || late < min ? late : min;
		max = late > max ? late : max;
		sum += late;
	}
	print("late by us: min ");
	print_num(min);
	print(", avg ");
	print_num(sum / rounds);
	print(", max ");
	print_num(max);
	print("\n");
	return 0;
}

long fault_main(long arg)
{
	return arg + *(volatile u32 *)KERNEL_BASE;
}
