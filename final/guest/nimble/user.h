/* SPDX-License-Identifier: MIT */
/* What user programs and the kernel agree on, and the programs' own little library. */
#ifndef USER_H
#define USER_H

enum {
	SYS_EXIT,     /* (status), never returns */
	SYS_READ,     /* () -> one character of the console, waits for it */
	SYS_WRITE,    /* (address, length) -> length */
	SYS_YIELD,    /* () */
	SYS_SLEEP,    /* (microseconds) */
	SYS_GETPID,   /* () -> pid */
	SYS_FORK,     /* () -> the child's pid; 0 in the child */
	SYS_EXEC,     /* (name, argument): goes on as another program */
	SYS_WAIT,     /* (pid or -1, address of a long) -> pid */
	SYS_KILL,     /* (pid) */
	SYS_TIME,     /* () -> microseconds */
	SYS_FRAMES,   /* () -> free page frames */
	SYS_PS,	      /* () prints the processes */
	SYS_POWEROFF, /* (0 or what failed), never returns */
};
/* Each gives -1 when it fails. */

#define KILLED (-1L) /* the exit status of a process that did not end itself */

/* ulib.c: every program starts in user_start, which calls its main */
void user_start(long (*main)(long), long arg);
long sys(u64 number, u64 arg0, u64 arg1);
void print(const char *s);
void print_num(long n);
bool streq(const char *a, const char *b);

/* The programs. */
long shell_main(long arg);
long hello_main(long arg);
long fib_main(long n);
long primes_main(long limit);
long sleep_main(long ms);
long cyclictest_main(long rounds);
long fault_main(long arg);
long usertests_main(long arg);

#endif
