// SPDX-License-Identifier: MIT
/*
 * The console. A writer fills a ring and asks for "ready to send" interrupts; the handler takes
 * bytes out and turns them off when the ring is empty. The kernel runs with interrupts off, so
 * both ends never run at once and the ring needs no lock.
 */
#include "kernel.h"

#define RING_SIZE  4096
#define SILENCE_US 1000000 /* a transmitter that is quiet for so long is stuck */

struct console_stats console_stats;

static u8 ring[RING_SIZE];
static u32 head, tail; /* written at head, taken at tail; free running */
static bool polled;

static void put(u8 c)
{
	if (polled) {
		arch_uart_send_polled(c);
		return;
	}
	if (head - tail == RING_SIZE) { /* full: better late than lost */
		arch_uart_send_polled(ring[tail++ % RING_SIZE]);
		console_stats.tx_bytes_polled++;
	}
	ring[head++ % RING_SIZE] = c;
	arch_uart_want_tx(true);
}

void console_putc(char c)
{
	if (c == '\n')
		put('\r');
	put(c);
}

/* For the interrupt handler: the next byte to send, -1 if there is none. */
int console_next_tx(void)
{
	if (head == tail) {
		arch_uart_want_tx(false);
		return -1;
	}
	console_stats.tx_bytes_by_irq++;
	return ring[tail++ % RING_SIZE];
}

void console_received(u8 c)
{
	console_stats.rx_bytes++;
	console_putc(c == '\r' ? '\n' : c); /* echo */
}

/* Wait until interrupts have emptied the ring; false if they stop coming before. */
bool console_flush(void)
{
	u64 deadline = arch_time_us() + SILENCE_US;

	while (head != tail) {
		bool late = arch_time_us() > deadline;
		u32 before = tail;

		arch_take_interrupts();
		if (tail != before)
			deadline = arch_time_us() + SILENCE_US;
		else if (late)
			return false;
	}
	return true;
}

/* No more interrupts: send what is left, and from now on each byte at once. */
void console_panic_mode(void)
{
	polled = true;
	while (head != tail)
		arch_uart_send_polled(ring[tail++ % RING_SIZE]);
}
