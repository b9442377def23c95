/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own interfaces, one block a file. Nothing here knows the machine: that is arch.h.
 *
 * The kernel is event driven: it has one stack, runs with interrupts off and is left by
 * returning to some task's trapframe. A task that must wait is not parked in the middle of a
 * system call; its state says what it waits for, and the scheduler leaves it out.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define PROT_READ   1u
#define PROT_WRITE  2u
#define PROT_EXEC   4u
#define PROT_USER   8u
#define PROT_DEVICE 16u /* not memory: no caching, no reordering */

#include "arch.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* print.c */
void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);

/* console.c: ring buffers between the kernel and the UART's interrupt handler */
struct console_stats {
	u32 tx_irqs, rx_irqs;
	u32 tx_bytes_by_irq, tx_bytes_polled;
	u32 rx_bytes;
};
extern struct console_stats console_stats;

void console_putc(char c);
bool console_flush(void);
void console_panic_mode(void);
int console_next_tx(void);
void console_received(u8 c);

/* vm.c: frames, page tables, address spaces */
#define PAGE_SIZE	4096ul
#define LARGE_PAGE_SIZE (2ul << 20)

void vm_init(void);
pte_t *vm_new_space(void);
void vm_map(pte_t *root, u64 va, u64 pa, u64 size, u32 prot);
u64 vm_translate(pte_t *root, u64 va, u32 prot);
bool vm_copy_from_user(pte_t *root, void *dst, u64 va, size_t len);
u32 vm_frames_used(void);

/* task.c */
enum task_state { TASK_UNUSED, TASK_READY, TASK_SLEEPING, TASK_ENDED };
enum task_end { END_NONE, END_EXIT, END_FAULT, END_CPU_LIMIT };

struct task {
	int pid;
	const char *name;
	enum task_state state;
	pte_t *space;	       /* root of its page tables */
	struct trapframe regs; /* its registers while it does not run */
	u64 wake_tick;	       /* TASK_SLEEPING: when to go on */
	u32 cpu_limit;	       /* ticks it may use; 0: no limit */

	enum task_end end;
	long exit_status;
	u64 fault_addr;

	u32 ticks;     /* timer interrupts that found it running */
	u32 preempted; /* times the CPU was taken from it */
	u32 syscalls, yields, wakeups;
};

#define TASK_MAX 8
extern struct task tasks[TASK_MAX];
extern u64 ticks;

struct task *task_create(const char *name, void (*entry)(u64 arg), u64 arg, u32 cpu_limit);
struct task *task_current(void);
struct trapframe *task_schedule(void);
void task_yield(void);
void task_sleep(u64 nticks);
void task_exit(long status);
void task_fault(const char *what, u64 addr, u64 pc);
void task_tick(bool from_user);

/* syscall.c */
void syscall(struct trapframe *regs);

/* check.c */
struct program {
	const char *name;
	void (*entry)(u64 arg);
	u64 arg;
	u32 cpu_limit;
	enum task_end must_end;
};
extern const struct program programs[];
extern const int nr_programs;

void check_and_stop(void) __attribute__((noreturn));

#endif
