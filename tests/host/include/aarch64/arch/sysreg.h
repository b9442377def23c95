/* SPDX-License-Identifier: MIT */
/* The arch's own constants, without the instructions that a host does not have. */
#include_next <arch/sysreg.h>

#ifndef HOST_SYSREG_H
#define HOST_SYSREG_H

#undef sysreg_read
#undef sysreg_write
#undef isb
#undef dsb
u64 host_sysreg_read(const char *reg);
void host_sysreg_write(const char *reg, u64 value);
#define sysreg_read(reg)         host_sysreg_read(#reg)
#define sysreg_write(reg, value) host_sysreg_write(#reg, value)
#define isb()                    ((void)0)
#define dsb(domain)              ((void)0)

/* Of what else is assembly nothing is left; a cast to something volatile is not meant. */
#define volatile(...) ("")

#endif
