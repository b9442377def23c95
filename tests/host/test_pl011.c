// SPDX-License-Identifier: MIT
/* SOURCES: dev/pl011.c core/device.c core/frame.c core/pcpu.c */
#include "machine.h"
#include <hv/pl011.h>

enum {
	DR = 0x00, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30, IFLS = 0x34,
	IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44, DMACR = 0x48,
};
enum { RXFE = 0x10, TXFF = 0x20, TXFE = 0x80, BUSY = 0x08, RX = 0x10, TX = 0x20, RT = 0x40 };

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
	CHECK(of == &vm && number == 33);
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
	CHECK(pl011_create(&vm, 0x9000000, 33));
	uart = device_find(&vm, 0x9000000);
	CHECK(uart);
}

TEST(a_byte_written_is_sent)
{
	setup();
	set(uart, DR, 4, 'x');
	set(uart, DR, 1, 'y');
	set(uart, DR, 2, 'z');
	CHECK(nr_sent == 3 && !memcmp(sent, "xyz", 3));
	CHECK(!line);
}

TEST(transmitter_is_always_empty)
{
	setup();
	CHECK_EQUAL(get(uart, FR, 4), TXFE | RXFE);
	set(uart, DR, 4, 'x');
	CHECK_EQUAL(get(uart, FR, 4) & (TXFE | TXFF | BUSY), TXFE);
}

TEST(received_bytes_are_polled_in_order)
{
	setup();
	receive('a');
	receive('\xff');
	CHECK(!(get(uart, FR, 4) & RXFE));
	CHECK_EQUAL(get(uart, DR, 4), 'a');
	/* Bits 8 up are errors (3.3.1), and there are none. */
	CHECK_EQUAL(get(uart, DR, 4), 0xff);
	CHECK(get(uart, FR, 4) & RXFE);
	CHECK_EQUAL(get(uart, DR, 4), 0);
}

TEST(receiving_interrupts_while_there_is_something)
{
	setup();
	set(uart, IMSC, 4, RX | RT);
	CHECK(!line);
	receive('a');
	receive('b');
	CHECK(line);
	CHECK_EQUAL(get(uart, MIS, 4), RX | RT);
	get(uart, DR, 4);
	CHECK(line);
	get(uart, DR, 4);
	CHECK(!line);
	CHECK_EQUAL(get(uart, MIS, 4), 0);
}

TEST(masked_interrupts_show_in_ris_only)
{
	setup();
	receive('a');
	CHECK(!line);
	CHECK_EQUAL(get(uart, RIS, 4) & RX, RX);
	CHECK_EQUAL(get(uart, MIS, 4), 0);
	set(uart, IMSC, 4, RX);
	CHECK(line);
	set(uart, IMSC, 4, 0);
	CHECK(!line);
}

/* DDI 0183, 2.8.2: the transmit interrupt comes of a transition, so the first byte makes it. */
TEST(transmit_interrupt_comes_of_sending_and_goes_when_cleared)
{
	setup();
	set(uart, IMSC, 4, TX);
	CHECK(!line);
	set(uart, DR, 4, 'x');
	CHECK(line);
	CHECK_EQUAL(get(uart, MIS, 4), TX);
	set(uart, ICR, 4, RX);
	CHECK(line);
	set(uart, ICR, 4, TX);
	CHECK(!line);
	CHECK_EQUAL(get(uart, RIS, 4), 0);
}

TEST(registers_keep_what_is_written)
{
	static const u64 kept[] = { IBRD, FBRD, LCR_H, CR, IFLS, IMSC };

	setup();
	CHECK_EQUAL(get(uart, CR, 4), 0x300);
	CHECK_EQUAL(get(uart, IFLS, 4), 0x12);
	for (u32 i = 0; i < ARRAY_SIZE(kept); i++) {
		set(uart, kept[i], 4, i + 1);
		CHECK_EQUAL(get(uart, kept[i], 4), i + 1);
		CHECK_EQUAL(get(uart, kept[i], 2), i + 1);
	}
}

TEST(registers_that_are_read_only_stay)
{
	setup();
	set(uart, FR, 4, 0);
	CHECK_EQUAL(get(uart, FR, 4), TXFE | RXFE);
	set(uart, RIS, 4, 0xffff);
	set(uart, MIS, 4, 0xffff);
	CHECK(!line && !get(uart, RIS, 4) && !get(uart, MIS, 4));
}

TEST(identification_is_a_pl011s)
{
	static const u8 id[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	setup();
	for (u32 i = 0; i < 8; i++) {
		u64 seen = get(uart, 0xfe0 + 4 * i, 4);

		/* The revision, bits 7:4 of the third, is anyone's. */
		CHECK_EQUAL(i == 2 ? seen & 0xf : seen, i == 2 ? id[i] & 0xf : id[i]);
	}
	set(uart, 0xfe0, 4, 0);
	CHECK_EQUAL(get(uart, 0xfe0, 4), 0x11);
}

TEST(other_widths_and_registers_are_refused)
{
	setup();
	for (u64 offset = 0; offset < 0x1000; offset += 4)
		CHECK(refuses(uart, offset, 8));
	for (u64 offset = 0x4c; offset < 0xfe0; offset += 4)
		CHECK(refuses(uart, offset, 4));
	CHECK(refuses(uart, FR, 1) && refuses(uart, DR + 2, 2) && refuses(uart, DR + 1, 4));
}
