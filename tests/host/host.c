// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <stdarg.h>
#include <sys/mman.h>
#include "host.h"

struct pcpu *host_pcpu;
jmp_buf host_panic;
bool host_panic_set;

static struct test *tests;
static char console[65536];
static size_t console_length;

void host_add_test(struct test *test)
{
	test->next = tests;
	tests = test;
}

_Noreturn void host_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

_Noreturn void panic(const char *fmt, ...)
{
	va_list args;

	if (host_panic_set)
		longjmp(host_panic, 1);
	fprintf(stderr, "panic: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

void arch_memory_written(const void *start, u64 size)
{
}

void arch_console_putc(char c)
{
	if (console_length + 1 < sizeof(console))
		console[console_length++] = c;
}

const char *host_console(void)
{
	static char text[sizeof(console)];

	memcpy(text, console, console_length);
	text[console_length] = 0;
	console_length = 0;
	return text;
}

/* For sources that touch system registers on paths which a test does not take. */
__attribute__((weak)) u64 host_sysreg_read(const char *reg)
{
	host_fail(__FILE__, __LINE__, "%s is read", reg);
}

__attribute__((weak)) void host_sysreg_write(const char *reg, u64 value)
{
	host_fail(__FILE__, __LINE__, "%s is written with %#lx", reg, (unsigned long)value);
}

void *host_ram(size_t size, size_t align)
{
	size_t all = size + 2 * align;
	char *memory = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			    0);
	char *start;

	if (memory == MAP_FAILED)
		host_fail(__FILE__, __LINE__, "no memory for the test");
	start = (char *)ALIGN_UP((u64)memory + 1, align);
	if (mprotect(start, size, PROT_READ | PROT_WRITE))
		host_fail(__FILE__, __LINE__, "no memory for the test");
	return start;
}

u64 host_random(u64 below)
{
	static u64 state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

int main(int argc, char **argv)
{
	for (struct test *test = tests; test; test = test->next) {
		if (argc == 2 && !strcmp(test->name, argv[1])) {
			test->run();
			return 0;
		}
	}
	fprintf(stderr, "usage: %s TEST\n", argv[0]);
	return 2;
}
