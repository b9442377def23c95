/* SPDX-License-Identifier: MIT */
/* The <string.h> that libfdt.h wants: ours, and what only libfdt uses (lib/libc.c). */
#ifndef FDT_STRING_H
#define FDT_STRING_H

#include <hv/string.h>

void *memchr(const void *s, int byte, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
size_t strnlen(const char *s, size_t n);

#endif
