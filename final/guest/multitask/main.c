// SPDX-License-Identifier: MIT
/* multitask: a preemptive kernel with user mode, small enough to be a guest of step 6. */
#include "kernel.h"
#include "user.h"

extern char kernel_start[];

const struct program programs[] = {
	{ "spin-a", prog_spin, 0xaaaa, 6, END_CPU_LIMIT },
	{ "spin-b", prog_spin, 0xbbbb, 6, END_CPU_LIMIT },
	{ "writer", prog_writer, 0xcccc, 0, END_EXIT },
	{ "sleeper", prog_sleeper, 0xdddd, 0, END_EXIT },
	{ "intruder", prog_intruder, (u64)kernel_start, 0, END_FAULT },
};
const int nr_programs = ARRAY_SIZE(programs);

/* A timer that never comes would leave the CPU to the first spinner for ever: say so instead. */
static void wait_for_first_tick(void)
{
	u64 deadline = arch_time_us() + 1000000;

	arch_timer_arm();
	while (!ticks) {
		/* Looked at first: a busy host may stop us for long anywhere below. */
		bool late = arch_time_us() > deadline;

		arch_take_interrupts();
		if (late && !ticks)
			panic("no timer interrupt in a second: is it enabled, and injected?");
	}
}

void kernel_main(unsigned long boot_arg)
{
	arch_init(boot_arg);
	vm_init();
	arch_irq_init();
	printk("multitask: paging on, tick %u us\n", TICK_US);
	wait_for_first_tick();

	for (int i = 0; i < nr_programs; i++) {
		const struct program *p = &programs[i];

		task_create(p->name, p->entry, p->arg, p->cpu_limit);
	}
	arch_return_to(task_schedule());
}
