// SPDX-License-Identifier: MIT
/* printk with %s %d %u %x, their long forms and a width; and what gcc itself calls. */
#include <stdarg.h>

#include "kernel.h"

void *memset(void *dst, int c, size_t n)
{
	for (volatile u8 *d = dst; n--; d++) /* volatile: or gcc makes it call itself */
		*d = c;
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	volatile u8 *d = dst;

	for (const u8 *s = src; n--; s++)
		*d++ = *s;
	return dst;
}

static void put(char c)
{
	if (c == '\n')
		arch_console_put('\r');
	arch_console_put(c);
}

static void put_padded(const char *s, int width)
{
	for (; *s; s++, width--)
		put(*s);
	while (width-- > 0)
		put(' ');
}

static void put_number(u64 value, u32 base, bool negative, int width)
{
	char buf[24], *p = buf + sizeof(buf);

	*--p = '\0';
	do {
		*--p = "0123456789abcdef"[value % base];
	} while (value /= base);
	if (negative)
		*--p = '-';
	put_padded(p, width);
}

static void vprintk(const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		bool is_long = false;
		int width = 0;
		long d;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		for (fmt++; *fmt == '-' || (*fmt >= '0' && *fmt <= '9'); fmt++)
			width = *fmt == '-' ? 0 : width * 10 + *fmt - '0';
		for (; *fmt == 'l'; fmt++)
			is_long = true;
		if (*fmt == 's') {
			put_padded(va_arg(ap, const char *), width);
		} else if (*fmt == 'd') {
			d = is_long ? va_arg(ap, long) : va_arg(ap, int);
			put_number(d < 0 ? -(u64)d : (u64)d, 10, d < 0, width);
		} else {
			put_number(is_long ? va_arg(ap, u64) : va_arg(ap, u32),
				   *fmt == 'x' ? 16 : 10, false, width);
		}
	}
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	arch_panic_mode();
	printk("\nnimble: panic: ");
	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
	printk("\n");
	arch_end_failed();
}
