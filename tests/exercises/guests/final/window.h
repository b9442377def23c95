/* SPDX-License-Identifier: MIT */
#ifndef WINDOW_H
#define WINDOW_H

#include <guest.h>

#define WINDOW	   0x30000000ul
#define WINDOW_END 0x30002ffcul

/* Uses the key and the window (0), or touches in one of several ways what is not there (1 to 5). */
void window(u64 what);

/* Each ISA's own: some loads of what is at this address, some accesses to the key. */
void loads(u64 at);
void accesses(void);

#endif
