/* SPDX-License-Identifier: MIT */
/*
 * The host: QEMU's "virt" board (hw/riscv/virt.c). Steps 1 to 6 take these as given; final reads
 * them from the host's device tree.
 */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_TEST  0x00100000ul /* "sifive,test0": a store ends the emulator */
#define BOARD_UART0 0x10000000ul /* 16550A, one register a byte */
#define BOARD_UART0_IRQ 10

#define BOARD_PLIC      0x0c000000ul
#define BOARD_PLIC_SIZE 0x00600000ul

#define BOARD_FLASH0 0x20000000ul /* two banks; the second holds the lesson's magic */
#define BOARD_FLASH1 0x22000000ul

#define BOARD_TIME_FREQUENCY 10000000ul /* of the time CSR */

#define BOARD_RAM     0x80000000ul
#define BOARD_RAM_END 0x90000000ul /* of 512 MiB we hand out half; the firmware's tree is on top */

#endif
