/* SPDX-License-Identifier: MIT */
#ifndef HV_PRINTF_H
#define HV_PRINTF_H

#include <stdarg.h>
#include <hv/types.h>

/*
 * Understands %c %s %d %u %x %p and %%, the modifiers l, ll and z, a width, the flags '0' and '-',
 * and a precision for %s. Anything else is printed as it stands.
 */
int printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes at most size bytes, the closing 0 included; returns the length that was wanted. */
int snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

#endif
