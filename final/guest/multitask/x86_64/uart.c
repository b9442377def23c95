// SPDX-License-Identifier: MIT
/*
 * A 16550 UART, by interrupt in both directions. Its line would come by the IO-APIC, which this
 * machine does not have yet; so when it must be up we send ourselves the interrupt, and look for
 * what was received at each tick.
 */
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

void uart_init(void)
{
	out8(COM1 + IER, 0);
	out8(COM1 + LCR, LCR_8N1);
	out8(COM1 + IIR_FCR, FCR_ENABLE);
	out8(COM1 + MCR, MCR_OUT2);
	ier = IER_RX;
	out8(COM1 + IER, ier);
}

/* Turning IER_THRE on while the transmitter is empty is itself what raises the interrupt. */
void arch_uart_want_tx(bool on)
{
	u8 want = on ? ier | IER_THRE : ier & ~IER_THRE;

	if (want == ier)
		return;
	out8(COM1 + IER, ier = want);
	if (on)
		lapic_send_to_myself(VECTOR_UART);
}

static void send_fifo_full(void)
{
	for (int i = 0; i < FIFO_SIZE; i++) {
		int c = console_next_tx();

		if (c < 0)
			break;
		out8(COM1 + RBR_THR, c);
	}
}

/* The UART shows one reason at a time, the most urgent first, until none is left. */
void uart_interrupt(void)
{
	u8 iir;

	while (!((iir = in8(COM1 + IIR_FCR)) & IIR_NONE)) {
		if ((iir & IIR_ID) == IIR_THRE) {
			console_stats.tx_irqs++;
			send_fifo_full();
			continue;
		}
		console_stats.rx_irqs++;
		while (in8(COM1 + LSR) & LSR_DR) /* reading LSR also clears an error report */
			console_received(in8(COM1 + RBR_THR));
	}
}

void arch_uart_send_polled(u8 c)
{
	while (!(in8(COM1 + LSR) & LSR_THRE))
		;
	out8(COM1 + RBR_THR, c);
}
