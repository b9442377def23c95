// SPDX-License-Identifier: MIT
/* System calls: what a task may ask for. A bad one fails and does the kernel no harm. */
#include "kernel.h"
#include "user.h"

static long sys_write(u64 va, u64 len)
{
	char buf[128];

	if (len > sizeof(buf) || !vm_copy_from_user(task_current()->space, buf, va, len))
		return -1;
	for (u64 i = 0; i < len; i++)
		console_putc(buf[i]);
	return len;
}

void syscall(struct trapframe *regs)
{
	u64 a0 = arch_syscall_arg(regs, 0), a1 = arch_syscall_arg(regs, 1);
	long result = 0;

	task_current()->syscalls++;
	switch (arch_syscall_number(regs)) {
	case SYS_EXIT:
		task_exit(a0);
		break;
	case SYS_WRITE:
		result = sys_write(a0, a1);
		break;
	case SYS_YIELD:
		task_yield();
		break;
	case SYS_SLEEP:
		task_sleep(a0);
		break;
	case SYS_TICKS:
		result = ticks;
		break;
	default:
		result = -1;
	}
	arch_syscall_result(regs, result);
}
