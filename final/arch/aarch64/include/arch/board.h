/* SPDX-License-Identifier: MIT */
/*
 * The guest's machine has its devices where QEMU's "virt" board (hw/arm/virt.c) has them. Where the
 * host's are is read from its device tree (host.h).
 */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_UART0 0x09000000ul /* PL011 */
#define BOARD_UART0_IRQ 33 /* INTID, as all numbers of interrupts here */

#define BOARD_GICD 0x08000000ul /* distributor */
#define BOARD_GICC 0x08010000ul /* CPU interface */
#define BOARD_GICD_SIZE 0x1000ul
#define BOARD_GICC_SIZE 0x2000ul /* GICC_DIR is in its second page (IHI 0048B, 4.1.2) */
#define TREE_IRQ_CELLS 3
#define TREE_CLOCK 2

#define BOARD_FLASH0 0x00000000ul /* two banks; the second holds the lesson's magic */
#define BOARD_FLASH1 0x04000000ul

#define BOARD_RAM 0x40000000ul

/* The parts of the host's GIC, by their place in its node's reg (host.irqchip). */
enum { GIC_DISTRIBUTOR, GIC_CPU_INTERFACE, GIC_VIRTUAL_CONTROL, GIC_VIRTUAL_CPU_INTERFACE };

#endif
