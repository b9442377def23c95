/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../kernel.h"

#define TIMEBASE_HZ 10000000ul /* hard-coded, as NimbOS does */
#define TICK_HZ	    100

#define csr_read(csr)                                          \
	({                                                     \
		u64 v_;                                        \
		__asm__ volatile("csrr %0, " #csr : "=r"(v_)); \
		v_;                                            \
	})
#define csr_write(csr, v) __asm__ volatile("csrw " #csr ", %0" ::"r"((u64)(v)) : "memory")
#define csr_set(csr, v)	  __asm__ volatile("csrs " #csr ", %0" ::"r"((u64)(v)) : "memory")
#define csr_clear(csr, v) __asm__ volatile("csrc " #csr ", %0" ::"r"((u64)(v)) : "memory")

#define SIE_STIE (1 << 5)

/* sbi.c */
void sbi_set_timer(u64 when);

/* trap.S */
void trap_entry(void);
void trap_return(void);

#endif
