// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <guest.h>

static void print_number(u64 value, unsigned int base, bool negative)
{
	char digits[21];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		guest_putc('-');
	while (n)
		guest_putc(digits[--n]);
}

void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	for (; *fmt; fmt++) {
		bool wide = false;
		int64_t value;

		if (*fmt != '%') {
			guest_putc(*fmt);
			continue;
		}
		for (fmt++; *fmt == 'l'; fmt++)
			wide = true;
		switch (*fmt) {
		case 's':
			for (const char *s = va_arg(args, const char *); *s; s++)
				guest_putc(*s);
			break;
		case 'd':
			value = wide ? va_arg(args, int64_t) : va_arg(args, int);
			print_number(value < 0 ? -(u64)value : (u64)value, 10, value < 0);
			break;
		case 'u':
		case 'x':
			print_number(wide ? va_arg(args, u64) : va_arg(args, u32),
				     *fmt == 'x' ? 16 : 10, false);
			break;
		}
	}
	va_end(args);
}
