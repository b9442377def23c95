/* SPDX-License-Identifier: MIT */
/* What an ISA gives to the bench. */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

#include <guest.h>

/* Instructions that the machine has executed, guest and hypervisor together. */
u64 bench_now(void);

/* One read of an emulated device's register: the serial port's line status, if it is in memory. */
void bench_mmio_read(void);

/* A timer interrupt: instructions from the moment it is due to the first one of its handler. */
u64 bench_timer_irq(void);

/* Memory of the guest that nothing has touched yet. */
extern u8 *const bench_fresh;

#endif
