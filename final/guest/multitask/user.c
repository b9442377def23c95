// SPDX-License-Identifier: MIT
/*
 * The user programs. The linker script takes this file's code and data out of the kernel and
 * links them at USER_BASE: nothing here may call the kernel but by a system call.
 */
#include "kernel.h"
#include "user.h"

struct user_cell user_cell;

static void exit(long status)
{
	user_syscall(SYS_EXIT, status, 0);
	__builtin_unreachable();
}

static long write(const char *text, size_t len)
{
	return user_syscall(SYS_WRITE, (u64)text, len);
}

static u64 scramble(u64 x, int rounds)
{
	while (rounds--)
		x = x * 6364136223846793005u + 1442695040888963407u;
	return x;
}

/*
 * Never yields and makes no system call: only the timer takes the CPU from it, and only its CPU
 * limit ends it. Each round computes the same value, so a register that an interrupt spoils
 * shows; and its tag lies where the other spinner's tag lies in its own address space.
 */
void prog_spin(u64 tag)
{
	u64 expected = scramble(tag, 200);

	user_cell.tag = tag;
	for (;;) {
		volatile struct user_cell *cell = &user_cell;
		u64 start = tag;

		__asm__ volatile("" : "+r"(start)); /* or the compiler computes it only once */
		if (scramble(start, 200) != expected || cell->tag != tag)
			exit(1);
		cell->count++;
	}
}

/* Prints, and hands the kernel a pointer that it must refuse. */
void prog_writer(u64 tag)
{
	static char line[] = "  writer: line 0 of 4\n";

	user_cell.tag = tag;
	for (int i = 1; i <= 4; i++) {
		line[15] = '0' + i;
		if (write(line, sizeof(line) - 1) != sizeof(line) - 1)
			exit(1);
		user_cell.count++;
		user_syscall(SYS_SLEEP, 1, 0);
	}
	if (write((const char *)USER_STACK_TOP, 1) != -1)
		exit(2);
	exit(user_cell.tag == tag ? 0 : 3);
}

/* Gives the CPU away in both ways, and outlives the spinners, so that the kernel idles too. */
void prog_sleeper(u64 tag)
{
	user_cell.tag = tag;
	for (int i = 0; i < 6; i++) {
		long before = user_syscall(SYS_TICKS, 0, 0);

		user_syscall(SYS_YIELD, 0, 0);
		user_syscall(SYS_SLEEP, 3, 0);
		if (user_syscall(SYS_TICKS, 0, 0) < before + 3)
			exit(1);
		user_cell.count++;
	}
	exit(user_cell.tag == tag ? 0 : 2);
}

/* Reads the kernel's memory, which is mapped in its address space but not for user mode. */
void prog_intruder(u64 kernel_address)
{
	user_cell.tag = *(volatile u32 *)kernel_address;
	exit(0);
}
