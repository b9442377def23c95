// SPDX-License-Identifier: MIT
/* The shell: a user program that starts the others. */
#include "kernel.h"
#include "user.h"

#define LINE_MAX 64

static char line[LINE_MAX];
static long tests_status; /* what usertests said: poweroff hands it on */

/* Echo is the reader's task. CR or LF ends a line: terminals send one, pipes the other. */
static void read_line(void)
{
	int len = 0;

	for (;;) {
		char c = sys(SYS_READ, 0, 0);

		if (c == '\r' || c == '\n')
			break;
		if (c == 0x7f || c == '\b') {
			if (len) {
				len--;
				print("\b \b");
			}
		} else if (c >= ' ' && len < LINE_MAX - 1) {
			line[len++] = c;
			sys(SYS_WRITE, (u64)&c, 1);
		}
	}
	line[len] = '\0';
	print("\n");
}

/* Cuts the line behind its first word; the number behind that, 0 if there is none. */
static long split_line(void)
{
	char *p = line;
	long n = 0;

	while (*p && *p != ' ')
		p++;
	while (*p == ' ')
		*p++ = '\0';
	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + *p - '0';
	return n;
}

static void help(void)
{
	print("  hello           says hello from user mode\n"
	      "  fib N, primes N compute\n"
	      "  sleep MS        sleeps so many milliseconds\n"
	      "  cyclictest N    sleeps 10 ms N times and tells how late it woke\n"
	      "  fault           touches the kernel's memory and is killed\n"
	      "  ps              lists the processes\n"
	      "  usertests       checks the system calls\n"
	      "  poweroff        ends the machine\n");
}

static void run(const char *name, long arg)
{
	long status = 0, pid = sys(SYS_FORK, 0, 0);

	if (pid < 0) {
		print("out of processes or memory\n");
		return;
	}
	if (!pid) {
		sys(SYS_EXEC, (u64)name, arg);
		print(name);
		print(": no such command; try help\n");
		sys(SYS_EXIT, 127, 0);
	}
	sys(SYS_WAIT, pid, (u64)&status);
	if (streq(name, "usertests"))
		tests_status = status;
	if (status == 0 || status == 127)
		return;
	print(name);
	print(": status ");
	print_num(status);
	print("\n");
}

long shell_main(long arg)
{
	print("nimble shell, try help\n");
	for (;;) {
		print(">> ");
		read_line();
		arg = split_line();
		if (streq(line, "help"))
			help();
		else if (streq(line, "ps"))
			sys(SYS_PS, 0, 0);
		else if (streq(line, "poweroff"))
			sys(SYS_POWEROFF, tests_status, 0);
		else if (*line)
			run(line, arg);
	}
}
