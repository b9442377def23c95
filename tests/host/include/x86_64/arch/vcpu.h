/* SPDX-License-Identifier: MIT */
/* The arch's own structures. What is assembly shrinks to nothing. */
#define __asm__(...)
#define volatile(...) ("")
#include_next <arch/vcpu.h>
#undef __asm__
#undef volatile
