// SPDX-License-Identifier: MIT
/*
 * The machine that a guest finds itself in: the same addresses as on QEMU's "virt" board.
 *
 *	0x0000_0000  flash bank 0, emulated
 *	0x0400_0000  flash bank 1, the host's own passed through
 *	0x0800_0000  GIC distributor, emulated
 *	0x0801_0000  GIC CPU interface: the host's virtual one
 *	0x0900_0000  PL011, emulated; INTID 33
 *	0x5000_0000  RAM (guests.c)
 */
#include <arch/board.h>
#include <hv/arch.h>
#include <hv/pflash.h>
#include <hv/pl011.h>

#define FLASH_SIZE (64 * KiB)

static const struct {
	u32 magic;
	char text[28];
} flash_image = { PFLASH_MAGIC, "the hypervisor's own image" };

bool arch_machine_create(struct vm *vm)
{
	return arch_irqchip_create(vm) && pl011_create(vm, BOARD_UART0, BOARD_UART0_IRQ) &&
	       pflash_create_emulated(vm, BOARD_FLASH0, FLASH_SIZE, &flash_image,
				      sizeof(flash_image)) &&
	       pflash_create_passthrough(vm, BOARD_FLASH1, FLASH_SIZE, BOARD_FLASH1);
}
