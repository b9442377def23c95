/* SPDX-License-Identifier: MIT */
/*
 * What the kernel wants from a machine. A folder named for an ISA fulfils it; its
 * arch_types.h defines, for the compiler of that ISA,
 *
 *	struct trapframe	all registers of an interrupted context
 *	pte_t, PT_LEVELS	a page-table entry; levels of 512 entries each
 *	pte_table(), pte_leaf(), pte_is_present(), pte_is_leaf(), pte_addr(), pte_allows()
 *	RAM_SIZE		what this kernel may use, from the address that it is linked at
 *	USER_BASE		where user programs are linked, in a root entry of its own
 */
#ifndef ARCH_H
#define ARCH_H

#if defined(__riscv)
#include "riscv64/arch_types.h"
#elif defined(__aarch64__)
#include "aarch64/arch_types.h"
#elif defined(__x86_64__)
#include "x86_64/arch_types.h"
#else
#error "no arch_types.h for this ISA yet"
#endif

struct arch_region {
	u64 start, size;
	u32 prot;
};

/* Trap vector, and the devices that need no mapping or interrupt yet. */
void arch_init(unsigned long boot_arg);

/* The parts of the kernel and the devices it must be able to reach with paging on. */
const struct arch_region *arch_regions(int *count);

/* Make @root the address space; the kernel's part is the same in all of them. */
void arch_use_space(const pte_t *root);

/* Interrupt controller and UART interrupt; the first byte may be sent after it. */
void arch_irq_init(void);

/* Ask for a timer interrupt one tick from now. */
void arch_timer_arm(void);
/* Microseconds since some fixed time. */
u64 arch_time_us(void);

/* Open a window in which interrupts are taken in the kernel: after a wait, or at once. */
void arch_wait_for_interrupt(void);
void arch_take_interrupts(void);

/* Start of a task, and the system-call convention. */
void arch_trapframe_init(struct trapframe *regs, u64 entry, u64 stack, u64 arg);
u64 arch_syscall_number(const struct trapframe *regs);
u64 arch_syscall_arg(const struct trapframe *regs, int n);
void arch_syscall_result(struct trapframe *regs, long value);
void arch_return_to(struct trapframe *regs) __attribute__((noreturn));

/* The UART: raise an interrupt when it can take a byte; send one without interrupts. */
void arch_uart_want_tx(bool on);
void arch_uart_send_polled(u8 c);

/* End of the machine: 0 means that all was as it must be. */
void arch_stop(int status) __attribute__((noreturn));

#define TICK_US 5000u

#endif
