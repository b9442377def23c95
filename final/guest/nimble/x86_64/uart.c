// SPDX-License-Identifier: MIT
/* COM1, a 16550, polled, and the end of the machine: all that NimbOS uses. */
#include "platform.h"
#include "uart.h"

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR };

#define COM1	   0x3f8
#define LCR_DLAB   0x80
#define LCR_8N1	   0x03
#define FCR_ENABLE 0x07 /* FIFOs on, and emptied */
#define MCR_ON	   0x0b /* DTR, RTS, OUT2 */
#define LSR_DR	   0x01
#define LSR_THRE   0x20

#define POWER_OFF 0x604
#define SLEEP_S5  0x2000 /* ACPI 6.5, 4.8.3.2.1 */

#define CPUID_HYPERVISOR 0x40000000
#define LADDER		 0x6464614c /* its EBX: this course's, "Ladd" */
#define LADDER_DONE	 0x4c414401 /* ends with a status */
#define AMD		 0x68747541 /* leaf 0's EBX, "Auth": a hypercall is a vmmcall */

u64 uart_access(u64 port, u64 value, bool out, u64 after[16]);

static bool initialized, panicking;

/* rax keeps what the access does not load: all but its lowest byte, and that too when storing. */
static void check_registers(u64 port, u64 value, bool out, const u64 after[16])
{
	static const char names[16][4] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
	};

	for (u32 n = 0; n < 16; n++) {
		u64 expected = n == 0 ? value : n == 2 ? port : (u64)UART_PATTERN + n;

		if (after[n] == expected || (n == 0 && !out && after[0] >> 8 == value >> 8))
			continue;
		panic("an access to port 0x%lx changed %s from 0x%lx to 0x%lx", port, names[n],
		      expected, after[n]);
	}
}

static u8 access(u64 port, u64 value, bool out)
{
	u64 after[16];
	u64 result = uart_access(port, value, out, after);

	if (!panicking)
		check_registers(port, value, out, after);
	return result;
}

static u8 uart_read(u32 offset)
{
	return access(COM1 + offset, (u64)UART_PATTERN, false);
}

static void uart_write(u32 offset, u8 value)
{
	access(COM1 + offset, (u64)UART_PATTERN + value, true);
}

/* Before the first character, because that comes before arch_init(). */
static void uart_init(void)
{
	initialized = true;
	uart_write(IER, 0);
	uart_write(LCR, LCR_DLAB);
	uart_write(RBR_THR, 1); /* 115200 baud */
	uart_write(IER, 0);
	uart_write(LCR, LCR_8N1);
	uart_write(IIR_FCR, FCR_ENABLE);
	uart_write(MCR, MCR_ON);
}

void arch_panic_mode(void)
{
	panicking = true;
}

void arch_console_put(char c)
{
	if (!initialized)
		uart_init();
	while (!(uart_read(LSR) & LSR_THRE))
		;
	uart_write(RBR_THR, c);
}

int arch_console_get(void)
{
	return uart_read(LSR) & LSR_DR ? uart_read(RBR_THR) : -1;
}

static void acpi_power_off(void)
{
	__asm__ volatile("outw %w0, %w1" : : "a"(SLEEP_S5), "d"(POWER_OFF));
}

void arch_power_off(void)
{
	acpi_power_off();
	panic("power-off came back");
}

static void hypervisor_call(u64 rax, u64 rdi)
{
	if (cpuid(0).ebx == AMD)
		__asm__ volatile("vmmcall" : "+a"(rax) : "D"(rdi) : "rdx", "memory");
	else
		__asm__ volatile("vmcall" : "+a"(rax) : "D"(rdi) : "rdx", "memory");
}

/* Without our hypervisor below, the call is undefined; then all is left to power-off. */
void arch_end_failed(void)
{
	if (cpuid(CPUID_HYPERVISOR).ebx == LADDER)
		hypervisor_call(LADDER_DONE, 1);
	for (;;)
		acpi_power_off();
}
