/* SPDX-License-Identifier: MIT */
/* What user programs and the kernel agree on. */
#ifndef USER_H
#define USER_H

enum {
	SYS_EXIT,  /* (status) */
	SYS_WRITE, /* (address, length) -> length or -1 */
	SYS_YIELD, /* () */
	SYS_SLEEP, /* (ticks) */
	SYS_TICKS, /* () -> ticks since boot */
};

/*
 * All tasks run from the same image, linked at USER_BASE: its code is shared and read-only, its
 * data is copied for each. So user_cell lies at one address in all of them and must hold
 * something else in each.
 */
struct user_cell {
	u64 tag;
	u64 count;
};
extern struct user_cell user_cell;

#define USER_STACK_TOP (USER_BASE + 0x100000)

void prog_spin(u64 tag);
void prog_writer(u64 tag);
void prog_sleeper(u64 tag);
void prog_intruder(u64 kernel_address);

#endif
