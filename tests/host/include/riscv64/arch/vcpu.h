/* SPDX-License-Identifier: MIT */
/* The arch's own structures. Its world switch, which is assembly, shrinks to nothing. */
#define __asm__(...)
#define volatile(...) ("" : "+r"(a0))
#include_next <arch/vcpu.h>
#undef __asm__
#undef volatile
