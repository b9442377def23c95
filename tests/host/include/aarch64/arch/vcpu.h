/* SPDX-License-Identifier: MIT */
/* The arch's own structures. Its world switch, which is assembly, shrinks to nothing. */
#include <arch/sysreg.h>
#undef volatile
#define __asm__(...)
#define volatile(...) ("" : "+r"(x0))
#include_next <arch/vcpu.h>
#undef __asm__
#undef volatile
#define volatile(...) ("")
