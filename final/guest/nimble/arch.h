/* SPDX-License-Identifier: MIT */
/*
 * What the kernel wants from a machine. A folder named for an ISA fulfils it; its arch_types.h
 * gives struct trapframe, pte_t with its pte_…() functions, RAM_END, USER_BASE, USER_STACK_TOP.
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
};

/* Devices that the kernel must reach; the last is empty. */
extern const struct arch_region arch_devices[];

/* Trap vector and the 100 Hz tick. */
void arch_init(void);
void arch_use_space(const pte_t *root);
u64 arch_time_us(void);

/* The kernel runs with interrupts off; this lets in what is pending, and never waits. */
void arch_take_interrupts(void);

void arch_console_put(char c);
int arch_console_get(void); /* polled: -1 if there is nothing */

void arch_power_off(void) __attribute__((noreturn));
void arch_end_failed(void) __attribute__((noreturn));
/* From here on believe nothing: the panic message must come out. */
void arch_panic_mode(void);

/* Registers of a process at its start, and the system-call convention. */
void arch_user_start(struct trapframe *regs, u64 pc, u64 sp, u64 arg0, u64 arg1);
u64 arch_syscall_number(const struct trapframe *regs);
u64 arch_syscall_arg(const struct trapframe *regs, int n);
void arch_syscall_result(struct trapframe *regs, long value);

/* Leave the running kernel stack, its sp stored in *@save_sp, for the one that @load_sp is of. */
void arch_switch(u64 *save_sp, u64 load_sp);
/* A kernel stack that, when switched to, returns to user mode with @regs, which lies on it. */
u64 arch_fresh_stack(struct trapframe *regs);

#endif
