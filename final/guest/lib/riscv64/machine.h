/* SPDX-License-Identifier: MIT */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#define FLASH_EMULATED       0x20000000ul
#define FLASH_PASSED_THROUGH 0x22000000ul
#define UART                 0x10000000ul
#define PLIC                 0x0c000000ul

#endif
