/* SPDX-License-Identifier: MIT */
/* A PC: what the hypervisor uses itself. */
#ifndef ARCH_BOARD_H
#define ARCH_BOARD_H

#define BOARD_COM1 0x3f8 /* 16550A, by port */
#define BOARD_COM1_IRQ 4 /* its pin of the I/O APIC */

/* Two 8259s: a command port, then one with the mask of their eight lines each. */
#define BOARD_PIC1 0x20
#define BOARD_PIC2 0xa0

#define BOARD_PIT     0x40
#define BOARD_RTC 0x70 /* an index, and the register that it names */
#define BOARD_SPEAKER 0x61

/* How a run ends: QEMU's isa-debug-exit, and Bochs' shutdown port. */
#define BOARD_QEMU_EXIT  0xf4
#define BOARD_BOCHS_EXIT 0x8900

/*
 * A guest's power-off, where QEMU's PC has it: SLP_EN in PM1 control (ACPI 6.5, 4.8.3.2.1). Behind
 * it are two more ports, in final: sleep status, and restart (tree.c).
 */
#define BOARD_PM1_CONTROL 0x604
#define PM1_SLEEP         BIT(13)
#define BOARD_PM_TIMER    0x608

#define BOARD_IOAPIC 0xfec00000ul
#define BOARD_LAPIC  0xfee00000ul /* each CPU sees its own there */
#define BOARD_HPET   0xfed00000ul /* a guest's only */

#define BOARD_FLASH0 0xff000000ul /* a guest's only */
#define BOARD_FLASH1 0xfffbf000ul /* holds the lesson's magic */

/* For a struct device a port is an address like any other, behind all that memory can have. */
#define PORT(port) (BIT(52) | (port))

/* An interrupt of the tree that board.c writes is one number, a pin; and there are no clocks. */
#define TREE_IRQ_CELLS 1
#define TREE_CLOCK     0

#define BOARD_GUEST_RAM GUEST_RAM_ALIGN /* of the host's; a guest sees it at 0 */

#endif
