// SPDX-License-Identifier: MIT
/* What Debian's libfdt.a needs of a C library beyond lib/string.c. */
#include <stdlib.h>
#include <string.h>
#include <hv/end.h>

void *memchr(const void *s, int byte, size_t n)
{
	for (const u8 *p = s; n; n--, p++)
		if (*p == (u8)byte)
			return (void *)p;
	return NULL;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	char *last = NULL;

	do {
		if (*s == (char)c)
			last = (char *)s;
	} while (*s++);
	return last;
}

size_t strnlen(const char *s, size_t n)
{
	size_t length = 0;

	while (length < n && s[length])
		length++;
	return length;
}

/* Only overlays call this, which we don't use. */
unsigned long strtoul(const char *s, char **end, int base)
{
	(void)base;
	if (end)
		*end = (char *)s;
	return 0;
}

/* libfdt.a is built with stack protection. */
u64 __stack_chk_guard = 0x6c61646465720a00;

_Noreturn void __stack_chk_fail(void);

_Noreturn void __stack_chk_fail(void)
{
	panic("libfdt wrote beyond a buffer on the stack");
}
