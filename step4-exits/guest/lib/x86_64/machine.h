/* SPDX-License-Identifier: MIT */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#define FLASH_EMULATED	     0xff000000ul
#define FLASH_PASSED_THROUGH 0xfffbf000ul
#define LAPIC		     0xfee00000ul
#define COM1		     0x3f8 /* a port, as the next */
#define POWER_OFF	     0x604

#endif
