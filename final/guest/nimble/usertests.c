// SPDX-License-Identifier: MIT
/* usertests: each test is a function that says whether the kernel behaved. */
#include "kernel.h"
#include "user.h"

static volatile long cell = 1;

/* A child that runs @code and ends with what that returns; its status as wait gives it. */
static long in_child(long (*code)(void))
{
	long status = 0, pid = sys(SYS_FORK, 0, 0);

	if (!pid)
		sys(SYS_EXIT, code(), 0);
	if (pid < 0 || sys(SYS_WAIT, pid, (u64)&status) != pid)
		return -99;
	return status;
}

static long return_42(void)
{
	return 42;
}

static bool test_fork_wait(void)
{
	long status;

	return in_child(return_42) == 42 && sys(SYS_WAIT, -1, (u64)&status) == -1;
}

static long change_cell(void)
{
	cell += 6;
	sys(SYS_YIELD, 0, 0);
	return cell;
}

static bool test_fork_copies_memory(void)
{
	cell = 1;
	return in_child(change_cell) == 7 && cell == 1;
}

static long exec_hello(void)
{
	cell = 99;
	sys(SYS_EXEC, (u64) "fib", 10);
	return 1;
}

static bool test_exec(void)
{
	return in_child(exec_hello) == 0 && sys(SYS_EXEC, (u64) "no such program", 0) == -1;
}

/* Forks until the kernel refuses, and then waits for all. */
static bool test_fork_until_full(void)
{
	long n = 0, status, pid;

	while ((pid = sys(SYS_FORK, 0, 0)) > 0)
		n++;
	if (!pid)
		sys(SYS_EXIT, 3, 0);
	for (long i = 0; i < n; i++)
		if (sys(SYS_WAIT, -1, (u64)&status) < 0 || status != 3)
			return false;
	return n >= 4 && sys(SYS_WAIT, -1, (u64)&status) == -1;
}

static bool test_bad_pointers(void)
{
	return sys(SYS_WRITE, KERNEL_BASE, 1) == -1 && sys(SYS_WRITE, 0, 1) == -1 &&
	       sys(SYS_WRITE, USER_STACK_TOP - 1, 2) == -1 && sys(SYS_WRITE, -8ul, 16) == -1 &&
	       sys(SYS_EXEC, KERNEL_BASE, 0) == -1;
}

static bool test_unknown_syscall(void)
{
	return sys(1000, 0, 0) == -1 && sys(-1ul, 0, 0) == -1;
}

static long read_kernel(void)
{
	return *(volatile u8 *)KERNEL_BASE;
}

static long write_own_code(void)
{
	*(volatile u32 *)USER_BASE = 0;
	return 0;
}

static long jump_to_null(void)
{
	((void (*)(void))cell)();
	return 0;
}

static long overflow_stack(void)
{
	volatile char page[2048];

	page[0] = cell;
	return page[0] == 5 ? 0 : overflow_stack() + page[0];
}

static bool test_faults_kill(void)
{
	bool killed;

	cell = 0;
	killed = in_child(read_kernel) == KILLED && in_child(write_own_code) == KILLED &&
		 in_child(user_bad_instruction) == KILLED && in_child(jump_to_null) == KILLED &&
		 in_child(overflow_stack) == KILLED;
	return killed;
}

static bool test_sleep(void)
{
	long start = sys(SYS_TIME, 0, 0), took;

	sys(SYS_SLEEP, 25000, 0);
	took = sys(SYS_TIME, 0, 0) - start;
	return took >= 25000 && took < 2000000;
}

/* Only the tick can take the CPU from the child, and only a kill can end it. */
static bool test_preempt_and_kill(void)
{
	long status = 0, pid = sys(SYS_FORK, 0, 0);

	if (!pid)
		for (;;)
			cell++;
	sys(SYS_SLEEP, 20000, 0);
	return sys(SYS_KILL, pid, 0) == 0 && sys(SYS_WAIT, pid, (u64)&status) == pid &&
	       status == KILLED && sys(SYS_KILL, pid, 0) == -1;
}

/* The same sum again and again while ticks come: no register may change under it. */
static bool test_registers_survive_ticks(void)
{
	long start = sys(SYS_TIME, 0, 0);
	u64 expected = user_mix_registers(12345);

	while (sys(SYS_TIME, 0, 0) - start < 45000)
		for (int i = 0; i < 100; i++)
			if (user_mix_registers(12345) != expected)
				return false;
	return true;
}

static const struct {
	const char *name;
	bool (*run)(void);
} tests[] = {
	{ "fork_wait", test_fork_wait },
	{ "fork_copies_memory", test_fork_copies_memory },
	{ "exec", test_exec },
	{ "fork_until_full", test_fork_until_full },
	{ "bad_pointers", test_bad_pointers },
	{ "unknown_syscall", test_unknown_syscall },
	{ "faults_kill", test_faults_kill },
	{ "sleep", test_sleep },
	{ "preempt_and_kill", test_preempt_and_kill },
	{ "registers_survive_ticks", test_registers_survive_ticks },
};

long usertests_main(long arg)
{
	long failed = 0;

	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		long frames = sys(SYS_FRAMES, 0, 0);
		bool passed = tests[i].run(), leaked = sys(SYS_FRAMES, 0, 0) != frames;

		print("test ");
		print(tests[i].name);
		print(!passed ? ": FAILED\n" : leaked ? ": FAILED, frames were lost\n" : ": ok\n");
		failed += !passed || leaked;
	}
	print(failed ? "usertests FAILED\n" : "usertests passed!\n");
	return failed;
}
