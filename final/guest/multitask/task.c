// SPDX-License-Identifier: MIT
/* Tasks and the scheduler: round robin, one tick a turn. */
#include "kernel.h"
#include "user.h"

#define TICKS_MAX 400 /* far more than the programs need: something is stuck */

struct task tasks[TASK_MAX];
u64 ticks;

static struct task *current;
static bool yielded;   /* the current task gave its turn away */
static bool turn_over; /* a tick took it */

struct task *task_create(const char *name, void (*entry)(u64 arg), u64 arg, u32 cpu_limit)
{
	for (int i = 0; i < TASK_MAX; i++) {
		struct task *t = &tasks[i];

		if (t->state != TASK_UNUSED)
			continue;
		t->pid = i + 1;
		t->name = name;
		t->cpu_limit = cpu_limit;
		t->space = vm_new_space();
		arch_trapframe_init(&t->regs, (u64)entry, USER_STACK_TOP, arg);
		t->state = TASK_READY;
		return t;
	}
	panic("no room for task %s", name);
}

struct task *task_current(void)
{
	return current;
}

/* The first ready task after the current one; the current one itself comes last. */
static struct task *next_ready(void)
{
	int start = current ? current - tasks + 1 : 0;

	for (int i = 0; i < TASK_MAX; i++) {
		struct task *t = &tasks[(start + i) % TASK_MAX];

		if (t->state == TASK_READY)
			return t;
	}
	return NULL;
}

static bool any_sleeping(void)
{
	for (int i = 0; i < TASK_MAX; i++)
		if (tasks[i].state == TASK_SLEEPING)
			return true;
	return false;
}

/* Whose registers to load now. Idling is part of it: interrupts then come in kernel mode. */
struct trapframe *task_schedule(void)
{
	struct task *next;

	if (current && current->state == TASK_READY && !yielded && !turn_over)
		return &current->regs;
	while (!(next = next_ready())) {
		if (!any_sleeping())
			check_and_stop();
		arch_wait_for_interrupt();
	}
	if (next != current) {
		if (turn_over && current->state == TASK_READY)
			current->preempted++;
		current = next;
		arch_use_space(next->space);
	}
	yielded = turn_over = false;
	return &next->regs;
}

void task_yield(void)
{
	current->yields++;
	yielded = true;
}

void task_sleep(u64 nticks)
{
	current->wake_tick = ticks + nticks;
	current->state = TASK_SLEEPING;
}

static void end_current(enum task_end end)
{
	current->end = end;
	current->state = TASK_ENDED;
}

void task_exit(long status)
{
	current->exit_status = status;
	end_current(END_EXIT);
}

void task_fault(const char *what, u64 addr, u64 pc)
{
	printk("  task %d (%s) killed: %s at 0x%lx, pc 0x%lx\n", current->pid, current->name, what,
	       addr, pc);
	current->fault_addr = addr;
	end_current(END_FAULT);
}

/* A tick that finds user mode running is charged to that task, and ends its turn. */
static void charge_current(void)
{
	current->ticks++;
	turn_over = true;
	if (current->cpu_limit && current->ticks >= current->cpu_limit)
		end_current(END_CPU_LIMIT);
}

void task_tick(bool from_user)
{
	if (++ticks > TICKS_MAX)
		panic("the tasks have not ended after %d ticks", TICKS_MAX);
	arch_timer_arm();

	for (int i = 0; i < TASK_MAX; i++) {
		struct task *t = &tasks[i];

		if (t->state == TASK_SLEEPING && t->wake_tick <= ticks) {
			t->state = TASK_READY;
			t->wakeups++;
		}
	}
	if (from_user)
		charge_current();
}
