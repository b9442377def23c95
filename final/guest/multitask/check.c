// SPDX-License-Identifier: MIT
/* The end: a table of what the tasks did, then what must hold, and the status that follows. */
#include "kernel.h"
#include "user.h"

#define MIN_PREEMPTED 4
#define MIN_TICKS     15
#define MIN_WAKEUPS   4

static bool all_passed = true;

static void check(const char *what, bool passed)
{
	printk("  %-54s %s\n", what, passed ? "ok" : "FAILED");
	all_passed &= passed;
}

static void print_table(void)
{
	static const char *const ends[] = { "-", "exit", "fault", "cpu limit" };

	printk("  pid name     end        status ticks preempted syscalls yields wakeups\n");
	for (int i = 0; i < nr_programs; i++) {
		const struct task *t = &tasks[i];

		printk("  %3d %-8s %-10s %6ld %5u %9u %8u %6u %7u\n", t->pid, t->name, ends[t->end],
		       t->exit_status, t->ticks, t->preempted, t->syscalls, t->yields, t->wakeups);
	}
}

static struct user_cell *cell_of(const struct task *t)
{
	return (struct user_cell *)vm_translate(t->space, (u64)&user_cell, PROT_USER | PROT_WRITE);
}

static bool ended_as_expected(void)
{
	for (int i = 0; i < nr_programs; i++)
		if (tasks[i].end != programs[i].must_end || tasks[i].exit_status)
			return false;
	return true;
}

static bool all_made_progress(void)
{
	for (int i = 0; i < nr_programs; i++)
		if (programs[i].must_end != END_FAULT && !cell_of(&tasks[i])->count)
			return false;
	return true;
}

static bool spinners_were_preempted(void)
{
	for (int i = 0; i < nr_programs; i++)
		if (programs[i].must_end == END_CPU_LIMIT && tasks[i].preempted < MIN_PREEMPTED)
			return false;
	return true;
}

/* One address, a frame of its own for each task, and in it what that task wrote. */
static bool spaces_are_separate(void)
{
	for (int i = 0; i < nr_programs; i++) {
		bool ran = programs[i].must_end != END_FAULT;

		if (cell_of(&tasks[i])->tag != (ran ? programs[i].arg : 0))
			return false;
		for (int j = 0; j < i; j++)
			if (cell_of(&tasks[i]) == cell_of(&tasks[j]))
				return false;
	}
	return true;
}

static bool intruder_was_stopped(void)
{
	for (int i = 0; i < nr_programs; i++)
		if (programs[i].must_end == END_FAULT && tasks[i].fault_addr != programs[i].arg)
			return false;
	return true;
}

static bool sleepers_were_woken(void)
{
	u32 wakeups = 0;

	for (int i = 0; i < nr_programs; i++)
		wakeups += tasks[i].wakeups;
	return wakeups >= MIN_WAKEUPS;
}

void check_and_stop(void)
{
	const struct console_stats *c = &console_stats;
	bool flushed = console_flush();

	if (!flushed)
		console_panic_mode();
	print_table();
	printk("  %lu ticks; UART: %u transmit interrupts, %u bytes by them, %u polled; "
	       "%u received; %u frames\n",
	       ticks, c->tx_irqs, c->tx_bytes_by_irq, c->tx_bytes_polled, c->rx_bytes,
	       vm_frames_used());

	check("every task ended in the way it must", ended_as_expected());
	check("every task that may run made progress", all_made_progress());
	check("a task that never yields was preempted", spinners_were_preempted());
	check("one virtual address, different memory in each task", spaces_are_separate());
	check("user mode was kept out of the kernel's memory", intruder_was_stopped());
	check("the timer ticked and woke sleepers", ticks >= MIN_TICKS && sleepers_were_woken());
	check("output went out by UART interrupts", flushed && c->tx_irqs && c->tx_bytes_by_irq);
	check("input came by UART interrupts, if any came", !c->rx_bytes == !c->rx_irqs);

	printk("multitask: %s\n", all_passed ? "all as it must be" : "NOT as it must be");
	console_flush();
	console_panic_mode(); /* whatever is left */
	arch_stop(all_passed ? 0 : 1);
}
