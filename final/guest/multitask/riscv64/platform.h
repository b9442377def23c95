/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: QEMU's `virt` machine as this kernel uses it. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "../kernel.h"

#define UART_BASE   0x10000000ul
#define UART_IRQ    10
#define PLIC_BASE   0x0c000000ul
#define PLIC_SIZE   0x400000ul /* up to the claim registers of hart 0 */
#define TIMEBASE_HZ 10000000ul

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
#define SIE_SEIE (1 << 9)

/* sbi.c */
void sbi_init(void);
void sbi_set_timer(u64 when);

/* plic.c */
void plic_enable(u32 irq);
u32 plic_claim(void);
void plic_complete(u32 irq);

/* uart.c */
void uart_init(void);
void uart_interrupt(void);

/* trap.S */
void trap_entry(void);

#endif
