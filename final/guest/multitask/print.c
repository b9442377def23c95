// SPDX-License-Identifier: MIT
/* printk: %s %c %d %u %x and %l-forms, with a width, `-` and `0`; and what gcc itself calls. */
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

static void put_padded(const char *s, int width, bool left, char fill)
{
	int len = 0;

	while (s[len])
		len++;
	for (int i = len; !left && i < width; i++)
		console_putc(fill);
	while (*s)
		console_putc(*s++);
	for (int i = len; left && i < width; i++)
		console_putc(' ');
}

static const char *number(char *end, u64 value, u32 base, bool negative)
{
	*--end = '\0';
	do {
		*--end = "0123456789abcdef"[value % base];
	} while (value /= base);
	if (negative)
		*--end = '-';
	return end;
}

static void vprintk(const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		char buf[32], *end = buf + sizeof(buf), fill = ' ';
		bool left = false, is_long = false;
		const char *text;
		int width = 0;
		u64 value;
		long d;

		if (*fmt != '%') {
			console_putc(*fmt);
			continue;
		}
		for (fmt++; *fmt == '-' || *fmt == '0'; fmt++) {
			left |= *fmt == '-';
			fill = *fmt == '0' ? '0' : fill;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l'; fmt++)
			is_long = true;

		switch (*fmt) {
		case 's':
			put_padded(va_arg(ap, const char *), width, left, fill);
			break;
		case 'c':
			console_putc(va_arg(ap, int));
			break;
		case 'd':
			d = is_long ? va_arg(ap, long) : va_arg(ap, int);
			text = number(end, d < 0 ? -(u64)d : (u64)d, 10, d < 0);
			put_padded(text, width, left, fill);
			break;
		case 'u':
		case 'x':
			value = is_long ? va_arg(ap, u64) : va_arg(ap, u32);
			text = number(end, value, *fmt == 'x' ? 16 : 10, false);
			put_padded(text, width, left, fill);
			break;
		default:
			console_putc('%');
			console_putc(*fmt);
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

	console_panic_mode();
	printk("multitask: panic: ");
	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
	printk("\n");
	arch_stop(1);
}
