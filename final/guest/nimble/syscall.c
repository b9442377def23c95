// SPDX-License-Identifier: MIT
/* System calls: what a process may ask for. A bad one fails and does the kernel no harm. */
#include "kernel.h"
#include "user.h"

#define CHUNK 64

static long sys_write(u64 va, u64 len)
{
	char buf[CHUNK + 1];

	for (u64 done = 0; done < len;) {
		u64 n = len - done < CHUNK ? len - done : CHUNK;

		if (!vm_copy_in(proc_current()->space, buf, va + done, n))
			return -1;
		buf[n] = '\0';
		printk("%s", buf);
		done += n;
	}
	return len;
}

static long sys_exec(u64 name_va, long arg)
{
	char name[16];

	for (size_t i = 0; i < sizeof(name); i++) {
		if (!vm_copy_in(proc_current()->space, &name[i], name_va + i, 1))
			return -1;
		if (!name[i])
			return proc_exec(name, arg);
	}
	return -1;
}

static long sys_wait(int pid, u64 status_va)
{
	long status;
	int got = proc_wait(pid, &status);

	if (got < 0 || !vm_copy_out(proc_current()->space, status_va, &status, sizeof(status)))
		return -1;
	return got;
}

static long dispatch(u64 number, u64 arg0, u64 arg1)
{
	switch (number) {
	case SYS_EXIT:
		proc_exit(arg0);
	case SYS_READ:
		return console_read();
	case SYS_WRITE:
		return sys_write(arg0, arg1);
	case SYS_YIELD:
		proc_yield();
		return 0;
	case SYS_SLEEP:
		proc_sleep(arg0);
		return 0;
	case SYS_GETPID:
		return proc_current()->pid;
	case SYS_FORK:
		return proc_fork();
	case SYS_EXEC:
		return sys_exec(arg0, arg1);
	case SYS_WAIT:
		return sys_wait(arg0, arg1);
	case SYS_KILL:
		return proc_kill(arg0);
	case SYS_TIME:
		return arch_time_us();
	case SYS_FRAMES:
		return vm_free_frames();
	case SYS_PS:
		proc_print_all();
		return 0;
	case SYS_POWEROFF:
		power_off(arg0);
	default:
		return -1;
	}
}

void syscall(struct trapframe *regs)
{
	arch_syscall_result(regs, dispatch(arch_syscall_number(regs), arch_syscall_arg(regs, 0),
					   arch_syscall_arg(regs, 1)));
}
