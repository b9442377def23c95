// SPDX-License-Identifier: MIT
/*
 * The machine that a guest finds itself in: a PC, as far as it goes.
 *
 *	0x0000_0000  RAM of a kernel from outside (image.c)
 *	0x1000_0000  RAM of the others (guests.c)
 *	0xfec0_0000  I/O APIC, emulated; COM1 is pin 4
 *	0xfed0_0000  HPET, emulated
 *	0xfee0_0000  local APIC, emulated: each vCPU's own
 *	0xff00_0000  flash, emulated
 *	0xfffb_f000  flash, the host's own passed through
 *	port 0x0040  8254, channel 2; port 0x61: its gate and output
 *	port 0x0070  clock, the host's, to be read
 *	port 0x03f8  16550, emulated
 *	port 0x0604  power-off (exits.c)
 *	port 0x0608  ACPI's timer
 *
 * There are no 8259s: a kernel that masks them writes to no one, and reads that all is masked.
 */
#include <arch/board.h>
#include <arch/rtc.h>
#include <hv/arch.h>
#include <hv/hpet.h>
#include <hv/pflash.h>
#include <hv/pit.h>
#include <hv/pmtimer.h>
#include <hv/uart16550.h>

#define FLASH_SIZE (64 * KiB)

static const struct {
	u32 magic;
	char text[28];
} flash_image = { PFLASH_MAGIC, "the hypervisor's own image" };

bool arch_machine_create(struct vm *vm)
{
	return arch_irqchip_create(vm) && pit_create(vm, PORT(BOARD_PIT), PORT(BOARD_SPEAKER)) &&
	       pmtimer_create(vm, PORT(BOARD_PM_TIMER)) && hpet_create(vm, BOARD_HPET) &&
	       rtc_create(vm) && uart16550_create(vm, PORT(BOARD_COM1), BOARD_COM1_IRQ) &&
	       pflash_create_emulated(vm, BOARD_FLASH0, FLASH_SIZE, &flash_image,
				      sizeof(flash_image)) &&
	       pflash_create_passthrough(vm, BOARD_FLASH1, 4 * KiB, BOARD_FLASH1);
}
