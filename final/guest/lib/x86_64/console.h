/* SPDX-License-Identifier: MIT */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <hypercall.h>

static inline void guest_putc(char c)
{
	ladder_call(3, (uint8_t)c); /* there is no firmware's console on this ISA */
}

#endif
