/* SPDX-License-Identifier: MIT */
/* The part of <string.h> that we use; gcc may also emit calls to the mem* functions. */
#ifndef HV_STRING_H
#define HV_STRING_H

#include <hv/types.h>

void *memset(void *dst, int byte, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

#endif
