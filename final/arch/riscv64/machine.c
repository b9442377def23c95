// SPDX-License-Identifier: MIT
/*
 * The machine that a guest finds itself in: the same addresses as on QEMU's "virt" board.
 *
 *	0x0c00_0000  PLIC, emulated
 *	0x1000_0000  16550, emulated; PLIC source 10
 *	0x2000_0000  flash bank 0, emulated
 *	0x2200_0000  flash bank 1, the host's own passed through
 *	0x9000_0000  RAM (guests.c)
 */
#include <arch/board.h>
#include <hv/arch.h>
#include <hv/pflash.h>
#include <hv/uart16550.h>

#define FLASH_SIZE (64 * KiB)

static const struct {
	u32 magic;
	char text[28];
} flash_image = { PFLASH_MAGIC, "the hypervisor's own image" };

bool arch_machine_create(struct vm *vm)
{
	return arch_irqchip_create(vm) && uart16550_create(vm, BOARD_UART0, BOARD_UART0_IRQ) &&
	       pflash_create_emulated(vm, BOARD_FLASH0, FLASH_SIZE, &flash_image,
				      sizeof(flash_image)) &&
	       pflash_create_passthrough(vm, BOARD_FLASH1, FLASH_SIZE, BOARD_FLASH1);
}
