/* SPDX-License-Identifier: MIT */
/*
 * The host: QEMU's "virt" board (hw/arm/virt.c). Steps 1 to 6 take these as given; final reads them
 * from the host's device tree.
 */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_UART0 0x09000000ul /* PL011 */
#define BOARD_UART0_IRQ 33 /* INTID, as all numbers of interrupts here */

#define BOARD_GICD 0x08000000ul /* distributor */
#define BOARD_GICC 0x08010000ul /* CPU interface */
#define BOARD_GICD_SIZE 0x1000ul
#define BOARD_GICC_SIZE 0x2000ul /* GICC_DIR is in its second page (IHI 0048B, 4.1.2) */
#define BOARD_GICH 0x08030000ul /* list registers: the virtual interface's control */
#define BOARD_GICV 0x08040000ul /* the virtual CPU interface itself */
#define BOARD_GIC_MAINTENANCE_IRQ 25

#define BOARD_FLASH0 0x00000000ul /* two banks; the second holds the lesson's magic */
#define BOARD_FLASH1 0x04000000ul

#define BOARD_RAM     0x40000000ul
#define BOARD_RAM_END 0x48000000ul /* what we hand out; QEMU puts the device tree behind it */

#endif
