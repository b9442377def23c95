/* SPDX-License-Identifier: MIT */
/*
 * The host's console has one keyboard: what comes in goes to one VM at a time, the oldest that
 * lives.
 */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include <hv/types.h>

struct vm;

#define INPUT_SIZE 256 /* a power of two; more is dropped until the guest has read */

struct input {
	u8 bytes[INPUT_SIZE];
	u32 head, tail; /* free-running; head == tail: empty */
};

/* Takes what has come in at the host's port and gives it to the VM whose turn it is. */
void console_poll(void);

/* A VM joins, and leaves, those who wait for the keyboard. */
void console_attach(struct vm *vm);
void console_detach(struct vm *vm);

#endif
