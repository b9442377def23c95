/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: QEMU's `virt` machine as this kernel uses it. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../kernel.h"

#define UART_BASE 0x09000000ul
#define UART_IRQ  33
#define GICD_BASE 0x08000000ul
#define GICC_BASE 0x08010000ul
#define GIC_SIZE  0x12000ul /* both */
#define TIMER_IRQ 27	    /* the virtual timer's */

#define sysreg_read(reg)                                      \
	({                                                    \
		u64 v_;                                       \
		__asm__ volatile("mrs %0, " #reg : "=r"(v_)); \
		v_;                                           \
	})
#define sysreg_write(reg, v) __asm__ volatile("msr " #reg ", %0" ::"r"((u64)(v)) : "memory")
#define isb()		     __asm__ volatile("isb" ::: "memory")

/* gic.c */
#define NR_SGIS 8 /* as many as gic_init() tries */

void gic_init(void);
void gic_enable(u32 irq);
u32 gic_acknowledge(void);
void gic_complete(u32 iar);
void gic_software_interrupt(u32 irq);

/* uart.c */
void uart_init(void);
void uart_interrupt(void);

/* trap.S */
extern char trap_vectors[];

#endif
