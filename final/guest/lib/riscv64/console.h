/* SPDX-License-Identifier: MIT */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <sbi.h>

static inline void guest_putc(char c)
{
	sbi_call(0x01, 0, c, 0, 0); /* legacy console_putchar */
}

#endif
