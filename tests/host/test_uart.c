// SPDX-License-Identifier: MIT
/* SOURCES: dev/uart16550.c core/device.c core/frame.c core/pcpu.c */
#include "machine.h"
#include <hv/uart16550.h>

enum { RBR = 0, THR = 0, IER, IIR, FCR = 2, LCR, MCR, LSR, MSR, SCR };

static struct device *uart;
static char sent[64], waiting[64];
static int nr_sent, nr_waiting;
static bool line;

void vm_putc(struct vm *of, char c)
{
	CHECK(of == &vm && nr_sent < 63);
	sent[nr_sent++] = c;
}

int vm_getc(struct vm *of)
{
	int c = nr_waiting ? (unsigned char)waiting[0] : -1;

	CHECK(of == &vm);
	if (nr_waiting)
		memmove(waiting, waiting + 1, --nr_waiting);
	return c;
}

bool vm_input_ready(struct vm *of)
{
	CHECK(of == &vm);
	return nr_waiting;
}

void vm_irq_set(struct vm *of, u32 number, bool level)
{
	CHECK(of == &vm && number == 10);
	line = level;
}

static void receive(char c)
{
	waiting[nr_waiting++] = c;
	uart->ops->input(uart);
}

static void setup(void)
{
	setup_vm();
	CHECK(uart16550_create(&vm, 0x10000000, 10));
	uart = device_find(&vm, 0x10000000);
	CHECK(uart);
}

TEST(a_byte_written_is_sent)
{
	setup();
	set(uart, THR, 1, 'x');
	CHECK(nr_sent == 1 && sent[0] == 'x');
	CHECK(!line);
}

TEST(transmitter_is_always_empty)
{
	setup();
	CHECK_EQUAL(get(uart, LSR, 1), 0x60);
	set(uart, THR, 1, 'x');
	CHECK_EQUAL(get(uart, LSR, 1), 0x60);
}

TEST(received_bytes_come_in_order)
{
	setup();
	receive('a');
	receive('\xff');
	CHECK_EQUAL(get(uart, LSR, 1), 0x61);
	CHECK_EQUAL(get(uart, RBR, 1), 'a');
	CHECK_EQUAL(get(uart, RBR, 1), 0xff);
	CHECK_EQUAL(get(uart, LSR, 1), 0x60);
}

TEST(no_interrupt_unless_enabled)
{
	setup();
	receive('a');
	CHECK(!line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x01);
}

TEST(receive_interrupt_until_read)
{
	setup();
	set(uart, IER, 1, 1);
	CHECK(!line);
	receive('a');
	CHECK(line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x04);
	CHECK(line);
	get(uart, RBR, 1);
	CHECK(!line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x01);
}

TEST(enabling_with_a_byte_waiting_interrupts_at_once)
{
	setup();
	receive('a');
	set(uart, IER, 1, 1);
	CHECK(line);
	set(uart, IER, 1, 0);
	CHECK(!line);
}

TEST(transmit_interrupt_when_enabled_and_after_each_byte)
{
	setup();
	set(uart, IER, 1, 2);
	CHECK(line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x02);
	/* Reading it tells, so it falls. */
	CHECK(!line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x01);
	set(uart, THR, 1, 'x');
	CHECK(line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x02);
	CHECK(!line);
}

TEST(receiving_comes_before_transmitting)
{
	setup();
	set(uart, IER, 1, 3);
	receive('a');
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x04);
	get(uart, RBR, 1);
	CHECK(line);
	CHECK_EQUAL(get(uart, IIR, 1) & 0x0f, 0x02);
	CHECK(!line);
}

TEST(divisor_is_kept_and_nothing_is_sent)
{
	setup();
	set(uart, LCR, 1, 0x83);
	set(uart, 0, 1, 0x34);
	set(uart, 1, 1, 0x12);
	CHECK_EQUAL(get(uart, 0, 1), 0x34);
	CHECK_EQUAL(get(uart, 1, 1), 0x12);
	set(uart, LCR, 1, 0x03);
	CHECK_EQUAL(get(uart, IER, 1), 0);
	CHECK(!nr_sent && !line);
}

TEST(loopback_sends_nothing_and_returns_modem_lines)
{
	setup();
	set(uart, MCR, 1, 0x1a);
	/* Linux's 8250 probe: RTS comes back as CTS, OUT2 as DCD. */
	CHECK_EQUAL(get(uart, MSR, 1) & 0xf0, 0x90);
	set(uart, THR, 1, 'x');
	CHECK(!nr_sent);
	set(uart, MCR, 1, 0);
	CHECK_EQUAL(get(uart, MSR, 1) & 0xf0, 0xb0);
}

TEST(fifos_show_in_iir_and_can_be_cleared)
{
	setup();
	CHECK_EQUAL(get(uart, IIR, 1) & 0xc0, 0);
	set(uart, IER, 1, 1);
	receive('a');
	receive('b');
	set(uart, FCR, 1, 7);
	CHECK_EQUAL(get(uart, IIR, 1), 0xc1);
	CHECK_EQUAL(get(uart, LSR, 1) & 1, 0);
	CHECK(!line);
}

TEST(scratch_and_line_registers_keep_their_value)
{
	setup();
	for (u32 value = 0; value < 256; value++) {
		set(uart, SCR, 1, value);
		CHECK_EQUAL(get(uart, SCR, 1), value);
	}
	set(uart, LCR, 1, 0x1b);
	CHECK_EQUAL(get(uart, LCR, 1), 0x1b);
	set(uart, IER, 1, 0xff);
	CHECK_EQUAL(get(uart, IER, 1), 0x0f);
}

TEST(other_widths_and_registers_are_refused)
{
	setup();
	for (u32 width = 2; width <= 8; width *= 2)
		for (u64 offset = 0; offset < 8; offset++)
			CHECK(refuses(uart, offset, width));
	for (u64 offset = 8; offset < uart->size; offset++)
		CHECK(refuses(uart, offset, 1));
}
