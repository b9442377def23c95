/* SPDX-License-Identifier: MIT */
/* The kernel's own interfaces, one block a file. */
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

#define PAGE_SIZE     4096ul
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* print.c */
void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);

/* console.c */
void console_init(bool unattended);
int console_read(void);
void power_off(long status) __attribute__((noreturn));

/* vm.c */
void vm_init(void);
u64 vm_free_frames(void);
pte_t *vm_kernel_space(void);
pte_t *vm_new_space(void);
pte_t *vm_copy_space(pte_t *from);
void vm_free_space(pte_t *root);
bool vm_copy_in(pte_t *root, void *dst, u64 va, size_t len);
bool vm_copy_out(pte_t *root, u64 va, const void *src, size_t len);

/* proc.c */
enum proc_state { PROC_FREE, PROC_READY, PROC_SLEEPING, PROC_WAITING, PROC_ZOMBIE };

struct proc {
	enum proc_state state;
	int pid;
	int wait_for; /* PROC_WAITING: a child's pid, or -1 for any */
	bool killed;  /* ends when it would next return to user mode */
	long status;  /* PROC_ZOMBIE: what the parent will get */
	u64 wake_us;  /* PROC_SLEEPING: until then */
	u64 ticks;    /* timer interrupts that found it running */
	char name[16];
	struct proc *parent; /* none: nobody will wait for it */
	pte_t *space;
	u64 kernel_sp;		/* while another runs; see switch.S */
	struct trapframe *regs; /* user registers, at the top of its kernel stack */
};

struct proc *proc_current(void);
void proc_start_first(const char *name) __attribute__((noreturn));
int proc_fork(void);
long proc_exec(const char *name, long arg);
void proc_exit(long status) __attribute__((noreturn));
int proc_wait(int pid, long *status);
int proc_kill(int pid);
void proc_sleep(u64 us);
void proc_yield(void);
void proc_print_all(void);

/* syscall.c */
void syscall(struct trapframe *regs);

/* programs.c: user programs by name; 0 if there is none */
u64 program_entry(const char *name);
extern const u64 program_start; /* where each of them starts: user_start() */

#endif
