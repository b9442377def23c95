// SPDX-License-Identifier: MIT
/*
 * A PL011, as "PrimeCell UART (PL011) Technical Reference Manual" (DDI 0183), chapter 3, describes
 * it. What is sent leaves at once, so the transmitter is always empty.
 */
#include <hv/pl011.h>
#include <hv/vm.h>

#define DR    0x000
#define FR    0x018
#define CR    0x030
#define IFLS  0x034
#define IMSC  0x038
#define RIS   0x03c
#define MIS   0x040
#define ICR   0x044
#define DMACR 0x048
#define ID    0xfe0 /* eight registers of a byte each, up to 0xffc */

#define FR_RXFE 0x10
#define FR_TXFE 0x80

#define CR_RESET   0x300 /* transmit and receive enabled, the UART itself not */
#define IFLS_RESET 0x12  /* both FIFOs interrupt when they are half full */

#define INT_RECEIVED 0x10
#define INT_SENT     0x20
#define INT_TIMEOUT  0x40 /* received, but fewer than the FIFO's trigger level */

struct uart {
	struct device device;
	u16 stored[DMACR / 4 + 1]; /* registers that only remember, by offset / 4 */
	bool sent; /* the transmitter ran empty, and the guest has not cleared that yet */
};

/* Peripheral and PrimeCell identification (DDI 0183, 3.3.17 on): drivers are found by them. */
static const u8 identification[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

static u32 raw_interrupts(const struct uart *uart)
{
	return (vm_input_ready(uart->device.vm) ? INT_RECEIVED | INT_TIMEOUT : 0) |
	       (uart->sent ? INT_SENT : 0);
}

static u32 masked_interrupts(const struct uart *uart)
{
	return raw_interrupts(uart) & uart->stored[IMSC / 4];
}

static void update_line(struct uart *uart)
{
	vm_irq_set(uart->device.vm, uart->device.line, masked_interrupts(uart));
}

static u32 read_register(struct uart *uart, u64 offset)
{
	struct vm *vm = uart->device.vm;

	switch (offset) {
	case DR:
		return vm_input_ready(vm) ? vm_getc(vm) : 0;
	case FR:
		return FR_TXFE | (vm_input_ready(vm) ? 0 : FR_RXFE);
	case RIS:
		return raw_interrupts(uart);
	case MIS:
		return masked_interrupts(uart);
	default:
		return offset >= ID ? identification[(offset - ID) / 4] : uart->stored[offset / 4];
	}
}

static void write_register(struct uart *uart, u64 offset, u32 value)
{
	if (offset == DR) {
		vm_putc(uart->device.vm, value);
		uart->sent = true;
	} else if (offset == ICR) {
		if (value & INT_SENT)
			uart->sent = false;
	} else if (offset <= DMACR) {
		uart->stored[offset / 4] = value;
	}
}

/* The registers are words of which at most 16 bits are used; drivers access them so or so. */
static bool is_register(u64 offset, u32 width)
{
	bool fits = width == 2 || width == 4 || (width == 1 && offset == DR);

	return fits && IS_ALIGNED(offset, 4) && (offset <= DMACR || offset >= ID);
}

static bool uart_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	struct uart *uart = (struct uart *)device;

	if (!is_register(offset, width))
		return false;
	*value = read_register(uart, offset);
	update_line(uart);
	return true;
}

static bool uart_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct uart *uart = (struct uart *)device;

	if (!is_register(offset, width))
		return false;
	write_register(uart, offset, value);
	update_line(uart);
	return true;
}

static void uart_input(struct device *device)
{
	update_line((struct uart *)device);
}

static const struct device_ops uart_ops = {
	.name = "PL011",
	.read = uart_read,
	.write = uart_write,
	.input = uart_input,
};

bool pl011_create(struct vm *vm, gpa_t base, u32 line)
{
	struct uart *uart = device_create(vm, &uart_ops, sizeof(*uart), base, 0x1000, line);

	if (!uart)
		return false;
	uart->stored[CR / 4] = CR_RESET;
	uart->stored[IFLS / 4] = IFLS_RESET;
	return true;
}
