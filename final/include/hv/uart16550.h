/* SPDX-License-Identifier: MIT */
#ifndef HV_UART16550_H
#define HV_UART16550_H

#include <hv/device.h>

/* A 16550A with its registers a byte apart; the VM's console. False where it can't be made. */
bool uart16550_create(struct vm *vm, gpa_t base, u32 line);

#endif
