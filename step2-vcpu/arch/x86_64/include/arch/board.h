/* SPDX-License-Identifier: MIT */
/* A PC: what the hypervisor uses itself. */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_COM1 0x3f8 /* 16550A, by port */

/* How a run ends: QEMU's isa-debug-exit, and Bochs' shutdown port. */
#define BOARD_QEMU_EXIT  0xf4
#define BOARD_BOCHS_EXIT 0x8900

#define BOARD_RAM_END 0x10000000ul /* what we hand out; guests' images lie behind it */

#endif
