// SPDX-License-Identifier: MIT
/* The PL011 (DDI 0183), polled, and the end of the machine by PSCI: all that NimbOS uses. */
#include "platform.h"
#include "uart.h"

#define DR   0x00
#define FR   0x18
#define CR   0x30
#define IFLS 0x34
#define IMSC 0x38
#define ICR  0x44

#define FR_RXFE (1 << 4)
#define FR_TXFF (1 << 5)
#define CR_ON	0x301 /* UARTEN, TXE, RXE */

#define PSCI_SYSTEM_OFF 0x84000008
#define LADDER_DONE	0xc6000001 /* this course's hypervisor: ends with a status */

u64 uart_access(u64 address, u64 value, bool store, u64 after[32]);

static bool initialized, panicking;

static void check_registers(u64 address, u64 value, bool store, const u64 after[32])
{
	for (u32 n = 0; n < 32; n++) {
		u64 expected = n == 0 ? address : n == 1 ? value : (u64)UART_PATTERN + n % 31;

		if (after[n] == expected || (n == 1 && !store))
			continue;
		panic("an access to 0x%lx changed %s%u from 0x%lx to 0x%lx", address,
		      n == 31 ? "sp, " : "x", n, expected, after[n]);
	}
}

static u32 access(u64 offset, u32 value, bool store)
{
	u64 after[32], address = UART_BASE + offset;
	u64 result = uart_access(address, value, store, after);

	if (panicking)
		return result;
	check_registers(address, value, store, after);
	if (result >> 32)
		panic("a load of 32 bits from 0x%lx gave 0x%lx", address, result);
	return result;
}

static u32 uart_read(u64 offset)
{
	return access(offset, 0, false);
}

static void uart_write(u64 offset, u32 value)
{
	access(offset, value, true);
}

/* Before the first character, because that comes before arch_init(). */
static void uart_init(void)
{
	initialized = true;
	uart_write(ICR, 0x7ff);
	uart_write(IFLS, 0);
	uart_write(IMSC, 1 << 4); /* the interrupt itself stays disabled in the GIC */
	uart_write(CR, CR_ON);
}

void arch_panic_mode(void)
{
	panicking = true;
}

void arch_console_put(char c)
{
	if (!initialized)
		uart_init();
	while (uart_read(FR) & FR_TXFF)
		;
	uart_write(DR, (u8)c);
}

int arch_console_get(void)
{
	return uart_read(FR) & FR_RXFE ? -1 : (int)(uart_read(DR) & 0xff);
}

static void hypervisor_call(u64 function, u64 arg)
{
	register u64 x0 __asm__("x0") = function;
	register u64 x1 __asm__("x1") = arg;

	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1) : : "x2", "x3", "memory");
}

void arch_power_off(void)
{
	hypervisor_call(PSCI_SYSTEM_OFF, 0);
	panic("power-off came back");
}

/* A firmware that is not our hypervisor refuses the first call; then all is left to shutdown. */
void arch_end_failed(void)
{
	hypervisor_call(LADDER_DONE, 1);
	for (;;)
		hypervisor_call(PSCI_SYSTEM_OFF, 0);
}
