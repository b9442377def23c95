// SPDX-License-Identifier: MIT
/* A 16550 UART, by interrupt in both directions. */
#include "platform.h"

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR };

#define IER_RX	   0x01
#define IER_THRE   0x02
#define IIR_NONE   0x01
#define IIR_ID	   0x0e
#define IIR_THRE   0x02
#define FCR_ENABLE 0x07 /* FIFOs on, and emptied */
#define LCR_8N1	   0x03
#define MCR_OUT2   0x0b /* DTR, RTS; on PCs OUT2 lets the interrupt through */
#define LSR_DR	   0x01
#define LSR_THRE   0x20
#define FIFO_SIZE  16

static u8 ier;

static volatile u8 *reg(int r)
{
	return (volatile u8 *)UART_BASE + r;
}

void uart_init(void)
{
	*reg(IER) = 0;
	*reg(LCR) = LCR_8N1;
	*reg(IIR_FCR) = FCR_ENABLE;
	*reg(MCR) = MCR_OUT2;
	ier = IER_RX;
	*reg(IER) = ier;
}

/* Turning IER_THRE on while the transmitter is empty is itself what raises the interrupt. */
void arch_uart_want_tx(bool on)
{
	u8 want = on ? ier | IER_THRE : ier & ~IER_THRE;

	if (want != ier)
		*reg(IER) = ier = want;
}

static void send_fifo_full(void)
{
	for (int i = 0; i < FIFO_SIZE; i++) {
		int c = console_next_tx();

		if (c < 0)
			break;
		*reg(RBR_THR) = c;
	}
}

/* The UART shows one reason at a time, the most urgent first, until none is left. */
void uart_interrupt(void)
{
	u8 iir;

	while (!((iir = *reg(IIR_FCR)) & IIR_NONE)) {
		if ((iir & IIR_ID) == IIR_THRE) {
			console_stats.tx_irqs++;
			send_fifo_full();
			continue;
		}
		console_stats.rx_irqs++;
		while (*reg(LSR) & LSR_DR) /* reading LSR also clears an error report */
			console_received(*reg(RBR_THR));
	}
}

void arch_uart_send_polled(u8 c)
{
	while (!(*reg(LSR) & LSR_THRE))
		;
	*reg(RBR_THR) = c;
}
