// SPDX-License-Identifier: MIT
/*
 * What the user programs share. The linker script links this file, shell.c, apps.c and
 * usertests.c at USER_BASE: nothing in them can reach the kernel but by a system call.
 */
#include "kernel.h"
#include "user.h"

long sys(u64 number, u64 arg0, u64 arg1)
{
	return user_syscall(number, arg0, arg1);
}

void user_start(long (*main)(long), long arg)
{
	sys(SYS_EXIT, main(arg), 0);
}

void print(const char *s)
{
	size_t len = 0;

	while (s[len])
		len++;
	sys(SYS_WRITE, (u64)s, len);
}

void print_num(long n)
{
	char buf[24], *p = buf + sizeof(buf) - 1;
	u64 rest = n < 0 ? -(u64)n : (u64)n;

	*p = '\0';
	do {
		*--p = '0' + rest % 10;
	} while (rest /= 10);
	if (n < 0)
		*--p = '-';
	print(p);
}

bool streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}
