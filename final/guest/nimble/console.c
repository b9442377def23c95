// SPDX-License-Identifier: MIT
/* The console's input, which is polled, and the end of the machine. */
#include "kernel.h"

static const char own_commands[] = "help\n"
				   "hello\n"
				   "fib 20\n"
				   "primes 1000\n"
				   "sleep 30\n"
				   "cyclictest 5\n"
				   "fault\n"
				   "ps\n"
				   "usertests\n"
				   "poweroff\n";

static const char *script; /* what is left of it; NULL with a person at the console */

void console_init(bool unattended)
{
	if (unattended)
		script = own_commands;
}

/* The next character. Other processes run, and ticks come, while there is none. */
int console_read(void)
{
	int c;

	if (script && *script)
		return *script++;
	while ((c = arch_console_get()) < 0 && !proc_current()->killed)
		proc_yield();
	return c;
}

/* A failure ends the machine as failed only where no person has seen it. */
void power_off(long status)
{
	if (script && status)
		panic("the user tests failed");
	printk("nimble: power off\n");
	arch_power_off();
}
