// SPDX-License-Identifier: MIT
/* The board's PL011 and the two things that the boot protocol and the firmware give. */
#include <arch/board.h>
#include <arch/psci.h>
#include <hv/arch.h>
#include <hv/bootargs.h>

#define UART_DR      0x00 /* data */
#define UART_FR      0x18 /* flags */
#define UART_FR_RXFE BIT(4)
#define UART_FR_TXFF BIT(5)
#define UART_CR      0x30 /* control */
#define UART_CR_ON   0x301 /* transmit, receive, UART enable */

#define UART(reg) (*(volatile u32 *)(BOARD_UART0 + (reg)))

void arch_console_init(void)
{
	/* No firmware need have been here. Speed and frame are as they are: QEMU has none. */
	UART(UART_CR) = UART_CR_ON;
}

void arch_console_putc(char c)
{
	if (c == '\n')
		arch_console_putc('\r');
	while (UART(UART_FR) & UART_FR_TXFF)
		;
	UART(UART_DR) = (u8)c;
}

int arch_console_getc(void)
{
	return UART(UART_FR) & UART_FR_RXFE ? -1 : (int)(UART(UART_DR) & 0xff);
}

void arch_boot_cmdline(u64 boot_data, char *buf, size_t size)
{
	fdt_bootargs(phys_to_virt(boot_data), buf, size);
}

_Noreturn void arch_power_off(int status)
{
	/* SYSTEM_OFF has no room for a status: it stands in the last line only. */
	(void)status;
	psci_firmware_call(PSCI_SYSTEM_OFF);
	for (;;)
		__asm__ volatile("wfi");
}
