// SPDX-License-Identifier: MIT
#include "../bench.h"

#define UART_LSR ((volatile u8 *)0x10000005)

#define SBI_TIME 0x54494d45

u8 *const bench_fresh = (u8 *)0x90c00000;

u64 timer_wait(void); /* timer.S */

u64 bench_now(void)
{
	u64 n;

	__asm__ volatile("rdinstret %0" : "=r"(n) : : "memory");
	return n;
}

void bench_mmio_read(void)
{
	(void)*UART_LSR;
}

u64 bench_timer_irq(void)
{
	u64 now, took;

	__asm__ volatile("rdtime %0" : "=r"(now));
	/* Far enough that the call is over and the guest waits when it comes. */
	check(sbi_call(SBI_TIME, 0, now + 1000, 0, 0).error == 0);
	took = timer_wait();
	check(took != ~0ul);
	sbi_call(SBI_TIME, 0, -1UL, 0, 0);
	return took;
}
