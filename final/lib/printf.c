// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/printf.h>
#include <hv/string.h>

struct sink {
	char *buf; /* NULL: the console */
	size_t size;
	size_t length;
};

static void put(struct sink *out, char c)
{
	if (!out->buf)
		arch_console_putc(c);
	else if (out->length + 1 < out->size)
		out->buf[out->length] = c;
	out->length++;
}

static void put_padded(struct sink *out, const char *s, int length, int width, char pad, bool left)
{
	for (int i = length; !left && i < width; i++)
		put(out, pad);
	for (int i = 0; i < length; i++)
		put(out, s[i]);
	for (int i = length; left && i < width; i++)
		put(out, ' ');
}

/* Fills digits from the end; returns the first one's index. */
static int to_digits(char *digits, int end, u64 value, unsigned int base)
{
	do {
		digits[--end] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	return end;
}

static void format(struct sink *out, const char *fmt, va_list args)
{
	for (; *fmt; fmt++) {
		const char *start = fmt;
		char digits[24], pad = ' ';
		int width = 0, precision = -1, first, length = 0;
		bool left = false, wide = false;
		const char *s;
		s64 value;

		if (*fmt != '%') {
			put(out, *fmt);
			continue;
		}
		for (fmt++; *fmt == '0' || *fmt == '-'; fmt++) {
			left |= *fmt == '-';
			if (*fmt == '0')
				pad = '0';
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		if (*fmt == '.') {
			precision = 0;
			for (fmt++; *fmt >= '0' && *fmt <= '9'; fmt++)
				precision = precision * 10 + *fmt - '0';
		}
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			wide = true;

		switch (*fmt) {
		case 'c':
			digits[0] = va_arg(args, int);
			put_padded(out, digits, 1, width, ' ', left);
			break;
		case 's':
			s = va_arg(args, const char *);
			while (length != precision && s[length])
				length++;
			put_padded(out, s, length, width, ' ', left);
			break;
		case 'd':
			value = wide ? va_arg(args, s64) : va_arg(args, s32);
			first = to_digits(digits, sizeof(digits),
					  value < 0 ? -(u64)value : (u64)value, 10);
			if (value < 0 && pad == '0' && !left) {
				put(out, '-'); /* before the zeroes */
				width--;
			} else if (value < 0) {
				digits[--first] = '-';
			}
			put_padded(out, digits + first, sizeof(digits) - first, width, pad, left);
			break;
		case 'u':
		case 'x':
			first = to_digits(digits, sizeof(digits),
					  wide ? va_arg(args, u64) : va_arg(args, u32),
					  *fmt == 'x' ? 16 : 10);
			put_padded(out, digits + first, sizeof(digits) - first, width, pad, left);
			break;
		case 'p':
			first = to_digits(digits, sizeof(digits), va_arg(args, u64), 16);
			digits[--first] = 'x';
			digits[--first] = '0';
			put_padded(out, digits + first, sizeof(digits) - first, width, ' ', left);
			break;
		case '%':
			put(out, '%');
			break;
		default:
			for (; start < fmt; start++)
				put(out, *start);
			if (!*fmt)
				return;
			put(out, *fmt);
		}
	}
}

int printf(const char *fmt, ...)
{
	struct sink out = { 0 };
	va_list args;

	va_start(args, fmt);
	format(&out, fmt, args);
	va_end(args);
	return out.length;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct sink out = { .buf = buf, .size = size };

	format(&out, fmt, args);
	if (size)
		buf[out.length < size ? out.length : size - 1] = 0;
	return out.length;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return length;
}
