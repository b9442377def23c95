/* SPDX-License-Identifier: MIT */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#define FLASH_EMULATED       0x00000000ul
#define FLASH_PASSED_THROUGH 0x04000000ul
#define UART                 0x09000000ul
#define GICD                 0x08000000ul
#define GICC                 0x08010000ul

#endif
