// SPDX-License-Identifier: MIT
/*
 * What an exit costs, in instructions that the machine executes. Each line is an average with this
 * guest's own loop in it. The numbers mean something only where the emulator counts instructions
 * (-icount shift=0); tools/bench.py runs it so.
 */
#include "bench.h"

#define CALLS 1000
#define READS 1000
#define PAGES 64
#define TIMERS 16

static u64 hypercall(void)
{
	u64 start = bench_now(), sum = 0, took;

	for (u64 i = 0; i < CALLS; i++)
		sum += ladder_ping(i);
	took = bench_now() - start;
	check(sum == 3 * (CALLS * (CALLS - 1) / 2) + CALLS); /* each answer is 3 i + 1 */
	return took / CALLS;
}

static u64 mmio_read(void)
{
	u64 start = bench_now();

	for (int i = 0; i < READS; i++)
		bench_mmio_read();
	return (bench_now() - start) / READS;
}

/*
 * The hypervisor gives memory when it is first used: a fault, a frame filled with zeros, an entry.
 */
static u64 page_fault(void)
{
	volatile u8 *page = bench_fresh;
	u64 start = bench_now();

	for (int i = 0; i < PAGES; i++, page += 4096)
		*page = 1;
	return (bench_now() - start) / PAGES;
}

static u64 timer_irq(void)
{
	u64 sum = 0;

	for (int i = 0; i < TIMERS; i++)
		sum += bench_timer_irq();
	return sum / TIMERS;
}

int guest_main(void)
{
	print("bench: hypercall %lu\n", hypercall());
	print("bench: mmio-read %lu\n", mmio_read());
	print("bench: page-fault %lu\n", page_fault());
	print("bench: timer-irq %lu\n", timer_irq());
	return 0;
}
