/* SPDX-License-Identifier: MIT */
/*
 * The guest's machine has its devices where QEMU's "virt" board (hw/riscv/virt.c) has them. Where
 * the host's are is read from its device tree (host.h).
 */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_UART0 0x10000000ul /* 16550A, one register a byte */
#define BOARD_UART0_IRQ 10

#define BOARD_PLIC      0x0c000000ul
#define BOARD_PLIC_SIZE 0x00600000ul
#define BOARD_PLIC_SOURCES 63
#define TREE_IRQ_CELLS 1
#define TREE_CLOCK 0 /* no device here asks for one */

#define BOARD_FLASH0 0x20000000ul /* two banks; the second holds the lesson's magic */
#define BOARD_FLASH1 0x22000000ul

#define BOARD_RAM 0x80000000ul

#endif
