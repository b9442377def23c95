/* SPDX-License-Identifier: MIT */
/* What the small guests share. A guest is one function; its return value is the VM's status. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <console.h>
#include <hypercall.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

int guest_main(void);

/* The hypervisor's own calls; see include/hv/hypercall.h. */
static inline u64 ladder_ping(u64 value)
{
	return ladder_call(0, value);
}

static inline void ladder_done(int status)
{
	ladder_call(1, status);
}

static inline void ladder_show(u64 value)
{
	ladder_call(2, value);
}

/* registers.S: a ping that says which registers came back changed, and not only its answer. */
u64 registers_ping(u64 value, u64 *changed);

/* print.c: %s %d %u %x with l, and nothing else. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A test of a guest's: prints what does not hold and ends the VM with status 1. */
#define check(condition)                                                             \
	do {                                                                         \
		if (!(condition)) {                                                  \
			print("  check failed, line %d: %s\n", __LINE__, #condition); \
			for (;;)                                                     \
				ladder_done(1);                                      \
		}                                                                    \
	} while (0)

#endif
