// SPDX-License-Identifier: MIT
/* The PC's COM1 and the two things that the boot protocol and the emulator give. */
#include <arch/board.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/bootargs.h>
#include <hv/host.h>

#define UART_RBR      0 /* receive buffer; THR when written; DLL with LCR_DLAB */
#define UART_IER      1 /* interrupt enable; DLM with LCR_DLAB */
#define UART_IER_RDI  0x01
#define UART_FCR      2
#define UART_LCR      3
#define UART_LCR_8N1  0x03
#define UART_LCR_DLAB 0x80
#define UART_MCR      4
#define UART_MCR_ON   0x03 /* data terminal ready, request to send */
#define UART_MCR_OUT2 0x08 /* on a PC the gate between it and the interrupt controller */
#define UART_LSR      5 /* line status */
#define UART_LSR_DR   0x01
#define UART_LSR_THRE 0x20
#define UART_LSR_TEMT 0x40 /* and the last bit has left */

static u8 uart_read(u16 reg)
{
	return port_in8(BOARD_COM1 + reg);
}

static void uart_write(u16 reg, u8 value)
{
	port_out8(BOARD_COM1 + reg, value);
}

void arch_console_init(void)
{
	uart_write(UART_IER, 0);
	uart_write(UART_LCR, UART_LCR_DLAB);
	uart_write(UART_RBR, 1); /* 115200 baud */
	uart_write(UART_IER, 0);
	uart_write(UART_LCR, UART_LCR_8N1);
	uart_write(UART_FCR, 1);
	uart_write(UART_MCR, UART_MCR_ON);
}

void arch_console_putc(char c)
{
	if (c == '\n')
		arch_console_putc('\r');
	while (!(uart_read(UART_LSR) & UART_LSR_THRE))
		;
	uart_write(UART_RBR, c);
}

int arch_console_getc(void)
{
	return uart_read(UART_LSR) & UART_LSR_DR ? uart_read(UART_RBR) : -1;
}

void arch_console_enable_irq(void)
{
	uart_write(UART_MCR, UART_MCR_ON | UART_MCR_OUT2);
	uart_write(UART_IER, UART_IER_RDI);
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
	const char *word = "Shutdown";

	/* What has been written is to come out first. */
	while (!(uart_read(UART_LSR) & UART_LSR_TEMT))
		;
	/* Under QEMU this is the end; Bochs has nothing at this port. */
	port_out8(BOARD_QEMU_EXIT, status);
	/* Under Bochs the magic breakpoint ends with 0, and the shutdown port with 1. */
	if (!status)
		__asm__ volatile("xchg %bx, %bx");
	while (*word)
		port_out8(BOARD_BOCHS_EXIT, *word++);
	for (;;)
		__asm__ volatile("hlt");
}
