/* SPDX-License-Identifier: MIT */
/* QEMU's "virt" board (hw/arm/virt.c): what the hypervisor uses itself. */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_UART0 0x09000000ul /* PL011 */

#define BOARD_RAM     0x40000000ul
#define BOARD_RAM_END 0x48000000ul /* what we hand out; QEMU puts the device tree behind it */

#endif
