/* SPDX-License-Identifier: MIT */
/* The arch's own structures. What is assembly shrinks to nothing. */
#define __asm__(...)
#define volatile(...) ("")
#include_next <arch/vcpu.h>
#undef __asm__
#undef volatile
/* What a host of another ISA can't assemble either. */
#ifndef __x86_64__
#define volatile(...) ("")
#endif
