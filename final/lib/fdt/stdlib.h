/* SPDX-License-Identifier: MIT */
/* What libfdt_env.h includes; libfdt itself uses strtoul only for overlays. */
#ifndef FDT_STDLIB_H
#define FDT_STDLIB_H

#include <stddef.h>

unsigned long strtoul(const char *s, char **end, int base);

#endif
