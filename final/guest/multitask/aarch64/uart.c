// SPDX-License-Identifier: MIT
/*
 * A PL011 UART (DDI 0183), by interrupt in both directions. Its FIFOs stay off: then a transmitter
 * that becomes empty is an event, however little was sent.
 */
#include "platform.h"

#define DR   0x00
#define FR   0x18
#define IBRD 0x24 /* then FBRD and LCR_H, each 4 bytes on */
#define CR   0x30
#define IMSC 0x38
#define RIS  0x3c
#define MIS  0x40
#define ICR  0x44

#define FR_RXFE	  (1 << 4)
#define FR_TXFF	  (1 << 5)
#define LCR_H_8N1 (3 << 5)
#define CR_ON	  0x301 /* UARTEN, TXE, RXE */
#define INT_RX	  (1 << 4)
#define INT_TX	  (1 << 5)
#define INT_RT	  (1 << 6) /* receive timeout */
#define INT_ALL	  0x7ff
#define BURST	  16

static u32 enabled;

static volatile u32 *reg(u64 offset)
{
	return (volatile u32 *)(UART_BASE + offset);
}

/* The divisor, and then the line control that makes it count (DDI 0183, 3.3.7). */
static void set_line(u32 integer, u32 fraction, u32 line)
{
	volatile u32 *at = reg(IBRD);

	__asm__ volatile("str %w1, [%0], #4; str %w2, [%0], #4; str %w3, [%0], #4"
			 : "+r"(at)
			 : "r"(integer), "r"(fraction), "r"(line)
			 : "memory");
}

void uart_init(void)
{
	*reg(CR) = 0;
	*reg(ICR) = INT_ALL;
	set_line(13, 1, LCR_H_8N1); /* 24 MHz to 115200 baud */
	enabled = INT_RX | INT_RT;
	*reg(IMSC) = enabled;
	*reg(CR) = CR_ON;
}

static void send(void)
{
	for (int i = 0; i < BURST && !(*reg(FR) & FR_TXFF); i++) {
		int c = console_next_tx();

		if (c < 0)
			break;
		*reg(DR) = c;
	}
}

/*
 * Becoming empty raises the interrupt, being empty does not (DDI 0183, 2.8.2): where nothing was
 * sent yet, something must be.
 */
void arch_uart_want_tx(bool on)
{
	u32 want = on ? enabled | INT_TX : enabled & ~INT_TX;

	if (want == enabled)
		return;
	*reg(IMSC) = enabled = want;
	if (on && !(*reg(RIS) & INT_TX))
		send();
}

void uart_interrupt(void)
{
	u32 reasons;

	while ((reasons = *reg(MIS))) {
		*reg(ICR) = reasons;
		if (reasons & INT_TX) {
			console_stats.tx_irqs++;
			send();
		}
		if (!(reasons & (INT_RX | INT_RT)))
			continue;
		console_stats.rx_irqs++;
		while (!(*reg(FR) & FR_RXFE))
			console_received(*reg(DR));
	}
}

void arch_uart_send_polled(u8 c)
{
	while (*reg(FR) & FR_TXFF)
		;
	*reg(DR) = c;
}
