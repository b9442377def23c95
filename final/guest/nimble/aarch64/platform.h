/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../kernel.h"

#define GICD_BASE 0x08000000ul
#define GICC_BASE 0x08010000ul
#define UART_BASE 0x09000000ul
#define TIMER_IRQ 30 /* the EL1 physical timer, not the virtual one */
#define TICK_HZ	  100

#define sysreg_read(reg)                                      \
	({                                                    \
		u64 v_;                                       \
		__asm__ volatile("mrs %0, " #reg : "=r"(v_)); \
		v_;                                           \
	})
#define sysreg_write(reg, v) __asm__ volatile("msr " #reg ", %0; isb" ::"r"((u64)(v)) : "memory")

/* gic.c */
void gic_init(void);
u32 gic_acknowledge(void);
void gic_complete(u32 iar);

/* trap.S */
extern char trap_vectors[];
void trap_return(void);

#endif
