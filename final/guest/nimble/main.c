// SPDX-License-Identifier: MIT
/*
 * nimble: a guest that uses its machine just as NimbOS does. No device tree, no firmware
 * information, constants only; a polled console (by legacy SBI, where there is that); a 100 Hz tick; it never halts the CPU.
 */
#include "kernel.h"

/* The loader's word for "nobody is there to type: run your own list of commands" ("LADD"). */
#define UNATTENDED 0x4c414444ul

void kernel_main(u64 loader_word)
{
	printk("\nnimble: 16 MiB, console polled, tick 100 Hz\n");
	vm_init();
	arch_init();
	console_init(loader_word == UNATTENDED);
	proc_start_first("shell");
}
