// SPDX-License-Identifier: MIT
/* The host's 16550A and the two things that the boot protocol and the board give. */
#include <arch/sbi.h>
#include <hv/arch.h>
#include <hv/bootargs.h>
#include <hv/host.h>

#define UART_RBR      0 /* receive buffer; THR when written */
#define UART_IER      1 /* interrupt enable */
#define UART_IER_RDI  0x01
#define UART_LSR      5 /* line status */
#define UART_LSR_DR   0x01
#define UART_LSR_THRE 0x20

static volatile u8 *uart; /* NULL until the host's tree has been read */

void arch_console_init(void)
{
	/* OpenSBI has set baud rate and frame; nothing is left to do. */
	uart = (volatile u8 *)host.console.base;
}

void arch_console_putc(char c)
{
	if (c == '\n')
		arch_console_putc('\r');
	if (!uart) {
		sbi_firmware_call(1, 0, c); /* legacy console_putchar */
		return;
	}
	while (!(uart[UART_LSR] & UART_LSR_THRE))
		;
	uart[UART_RBR] = c;
}

int arch_console_getc(void)
{
	return uart[UART_LSR] & UART_LSR_DR ? uart[UART_RBR] : -1;
}

void arch_console_enable_irq(void)
{
	uart[UART_IER] = UART_IER_RDI;
}

void arch_boot_cmdline(u64 boot_data, char *buf, size_t size)
{
	fdt_bootargs(phys_to_virt(boot_data), buf, size);
}

void arch_host_ram(hpa_t *start, hpa_t *end)
{
	extern const u8 _start_of_image[], _end[];

	*start = virt_to_phys(_end);
	*end = *start + host_free_ram_behind(*start);
	host_reserve(virt_to_phys(_start_of_image), *end - virt_to_phys(_start_of_image));
}

_Noreturn void arch_power_off(int status)
{
	/* sifive_test: 0x5555 passes; 0x3333 fails with the status in the upper half. */
	*(volatile u32 *)host.power.base = status ? (u32)status << 16 | 0x3333 : 0x5555;
	for (;;)
		__asm__ volatile("wfi");
}
