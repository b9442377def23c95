// SPDX-License-Identifier: MIT
/*
 * A 16550A, as "PC16550D Universal Asynchronous Receiver/Transmitter with FIFOs" describes it. What
 * is sent leaves at once, so the transmitter is always empty.
 */
#include <hv/uart16550.h>
#include <hv/vm.h>

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR, NR_REGISTERS };

#define IER_RECEIVED  0x01
#define IER_THR_EMPTY 0x02

#define IIR_NONE      0x01
#define IIR_THR_EMPTY 0x02
#define IIR_RECEIVED  0x04
#define IIR_FIFOS_ON  0xc0

#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02

#define LCR_DLAB 0x80

#define MCR_LOOP 0x10

#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY  0x20
#define LSR_IDLE       0x40

#define MSR_CONNECTED 0xb0 /* carrier, data set ready, clear to send */

struct uart {
	struct device device;
	u8 ier, fcr, lcr, mcr, scr;
	u8 divisor[2];
	bool thr_empty_event; /* the transmitter ran empty, and the guest has not been told yet */
};

/* The interrupt to report first: a received byte has the higher priority. */
static u8 interrupt_id(const struct uart *uart)
{
	if ((uart->ier & IER_RECEIVED) && vm_input_ready(uart->device.vm))
		return IIR_RECEIVED;
	if ((uart->ier & IER_THR_EMPTY) && uart->thr_empty_event)
		return IIR_THR_EMPTY;
	return IIR_NONE;
}

static void update_line(struct uart *uart)
{
	vm_irq_set(uart->device.vm, uart->device.line, interrupt_id(uart) != IIR_NONE);
}

/* In loopback mode the modem lines come back from our own outputs: drivers probe with that. */
static u8 modem_status(const struct uart *uart)
{
	if (!(uart->mcr & MCR_LOOP))
		return MSR_CONNECTED;
	return (uart->mcr & 0x0c) << 4 | (uart->mcr & 0x02) << 3 | (uart->mcr & 0x01) << 5;
}

static u8 read_register(struct uart *uart, u64 offset)
{
	struct vm *vm = uart->device.vm;
	u8 value;

	switch (offset) {
	case RBR_THR:
		return vm_input_ready(vm) ? vm_getc(vm) : 0;
	case IER:
		return uart->ier;
	case IIR_FCR:
		value = interrupt_id(uart);
		if (value == IIR_THR_EMPTY)
			uart->thr_empty_event = false; /* told now */
		return value | (uart->fcr & FCR_ENABLE ? IIR_FIFOS_ON : 0);
	case LCR:
		return uart->lcr;
	case MCR:
		return uart->mcr;
	case LSR:
		return LSR_THR_EMPTY | LSR_IDLE | (vm_input_ready(vm) ? LSR_DATA_READY : 0);
	case MSR:
		return modem_status(uart);
	default:
		return uart->scr;
	}
}

static void write_register(struct uart *uart, u64 offset, u8 value)
{
	switch (offset) {
	case RBR_THR:
		if (!(uart->mcr & MCR_LOOP))
			vm_putc(uart->device.vm, value);
		uart->thr_empty_event = true;
		break;
	case IER:
		/* Enabling the interrupt while the transmitter is empty raises it. */
		if (value & ~uart->ier & IER_THR_EMPTY)
			uart->thr_empty_event = true;
		uart->ier = value & 0x0f;
		break;
	case IIR_FCR:
		uart->fcr = value;
		while ((value & FCR_CLEAR_RX) && vm_input_ready(uart->device.vm))
			vm_getc(uart->device.vm);
		break;
	case LCR:
		uart->lcr = value;
		break;
	case MCR:
		uart->mcr = value & 0x1f;
		break;
	case SCR:
		uart->scr = value;
		break;
	}
}

static bool uart_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	struct uart *uart = (struct uart *)device;

	if (width != 1 || offset >= NR_REGISTERS)
		return false;
	if ((uart->lcr & LCR_DLAB) && offset <= IER) {
		*value = uart->divisor[offset];
		return true;
	}
	*value = read_register(uart, offset);
	update_line(uart);
	return true;
}

static bool uart_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct uart *uart = (struct uart *)device;

	if (width != 1 || offset >= NR_REGISTERS)
		return false;
	if ((uart->lcr & LCR_DLAB) && offset <= IER) {
		uart->divisor[offset] = value;
		return true;
	}
	write_register(uart, offset, value);
	update_line(uart);
	return true;
}

static void uart_input(struct device *device)
{
	update_line((struct uart *)device);
}

static const struct device_ops uart_ops = {
	.name = "16550",
	.read = uart_read,
	.write = uart_write,
	.input = uart_input,
};

bool uart16550_create(struct vm *vm, gpa_t base, u32 line)
{
	return device_create(vm, &uart_ops, sizeof(struct uart), base, NR_REGISTERS, line);
}
