// SPDX-License-Identifier: MIT
/*
 * Processes. Each has a kernel stack, so it may wait in the middle of a system call: schedule()
 * switches to another's stack and returns when this one is chosen again. The kernel itself is
 * not preempted; only returning to user mode, or waiting, gives others a turn.
 */
#include "kernel.h"
#include "user.h"

#define PROC_MAX    16
#define KSTACK_SIZE 8192

static struct proc procs[PROC_MAX];
static u8 kstacks[PROC_MAX][KSTACK_SIZE] __attribute__((aligned(16)));
static struct proc *current;
static int next_pid = 1;

struct proc *proc_current(void)
{
	return current;
}

/* A slot with registers at the top of its stack, not yet to be chosen; NULL if all are in use. */
static struct proc *slot_alloc(pte_t *space)
{
	for (int i = 0; i < PROC_MAX; i++) {
		struct proc *p = &procs[i];

		if (p->state != PROC_FREE)
			continue;
		*p = (struct proc){ .pid = next_pid++, .parent = current, .space = space };
		p->regs = (struct trapframe *)(kstacks[i] + KSTACK_SIZE) - 1;
		p->kernel_sp = arch_fresh_stack(p->regs);
		return p;
	}
	return NULL;
}

static bool may_run(struct proc *p)
{
	if (p->state == PROC_SLEEPING && (p->killed || p->wake_us <= arch_time_us()))
		p->state = PROC_READY;
	return p->state == PROC_READY;
}

/* Round robin, the current process last. With none to run it looks again and again. */
static void schedule(void)
{
	struct proc *prev = current, *next = prev;

	do {
		if (++next == procs + PROC_MAX)
			next = procs;
		if (next == prev)
			arch_take_interrupts();
	} while (!may_run(next));
	if (next == prev)
		return;
	current = next;
	arch_use_space(next->space);
	arch_switch(&prev->kernel_sp, next->kernel_sp);
}

void proc_yield(void)
{
	schedule();
}

void proc_sleep(u64 us)
{
	current->wake_us = arch_time_us() + us;
	current->state = PROC_SLEEPING;
	schedule();
}

static bool load(struct proc *p, const char *name, long arg)
{
	u64 entry = program_entry(name);
	pte_t *space = entry ? vm_new_space() : NULL;
	size_t i;

	if (!space)
		return false;
	p->space = space;
	for (i = 0; name[i] && i < sizeof(p->name) - 1; i++)
		p->name[i] = name[i];
	p->name[i] = '\0';
	arch_user_start(p->regs, program_start, USER_STACK_TOP, entry, arg);
	return true;
}

void proc_start_first(const char *name)
{
	u64 boot_sp;

	current = slot_alloc(NULL);
	if (!load(current, name, 0))
		panic("cannot start %s", name);
	current->state = PROC_READY;
	arch_use_space(current->space);
	arch_switch(&boot_sp, current->kernel_sp);
	panic("the boot stack was chosen again");
}

int proc_fork(void)
{
	pte_t *space = vm_copy_space(current->space);
	struct proc *child = space ? slot_alloc(space) : NULL;

	if (!child) {
		vm_free_space(space);
		return -1;
	}
	memcpy(child->name, current->name, sizeof(child->name));
	*child->regs = *current->regs;
	arch_syscall_result(child->regs, 0);
	child->state = PROC_READY;
	return child->pid;
}

/* Returns what the new program finds in its first register: a system call sets that last. */
long proc_exec(const char *name, long arg)
{
	pte_t *old = current->space;

	if (!load(current, name, arg))
		return -1;
	arch_use_space(current->space);
	vm_free_space(old);
	return arch_syscall_arg(current->regs, 0);
}

void proc_exit(long status)
{
	struct proc *parent = current->parent;

	if (current->pid == 1)
		panic("%s ended with status %ld", current->name, status);
	for (struct proc *p = procs; p < procs + PROC_MAX; p++) {
		if (p->state == PROC_FREE || p->parent != current)
			continue;
		p->parent = NULL;
		if (p->state == PROC_ZOMBIE)
			p->state = PROC_FREE;
	}

	arch_use_space(vm_kernel_space());
	vm_free_space(current->space);
	current->space = NULL;
	current->status = status;
	current->state = parent ? PROC_ZOMBIE : PROC_FREE;
	if (parent && parent->state == PROC_WAITING &&
	    (parent->wait_for == -1 || parent->wait_for == current->pid))
		parent->state = PROC_READY;
	schedule(); /* the slot is reused only after its stack was left */
	panic("process %d runs after its end", current->pid);
}

int proc_wait(int pid, long *status)
{
	for (;;) {
		bool have_child = false;

		for (struct proc *p = procs; p < procs + PROC_MAX; p++) {
			if (p->state == PROC_FREE || p->parent != current ||
			    (pid != -1 && p->pid != pid))
				continue;
			have_child = true;
			if (p->state == PROC_ZOMBIE) {
				*status = p->status;
				p->state = PROC_FREE;
				return p->pid;
			}
		}
		if (!have_child || current->killed)
			return -1;
		current->wait_for = pid;
		current->state = PROC_WAITING;
		schedule();
	}
}

int proc_kill(int pid)
{
	for (struct proc *p = procs; p < procs + PROC_MAX; p++) {
		if (p->pid != pid || p->state == PROC_FREE || p->state == PROC_ZOMBIE || pid == 1)
			continue;
		p->killed = true;
		p->state = PROC_READY;
		return 0;
	}
	return -1;
}

void proc_print_all(void)
{
	static const char *const states[] = { "free", "ready", "sleeping", "waiting", "zombie" };

	printk("  pid  parent  state     ticks  name\n");
	for (struct proc *p = procs; p < procs + PROC_MAX; p++)
		if (p->state != PROC_FREE)
			printk("  %-4d %-7d %-9s %-6lu %s\n", p->pid,
			       p->parent ? p->parent->pid : 0, states[p->state], p->ticks, p->name);
}
