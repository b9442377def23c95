/* SPDX-License-Identifier: MIT */
#ifndef HV_PIT_H
#define HV_PIT_H

#include <hv/device.h>

/*
 * An 8254 with its four registers at base, of which channel 2 counts, and the port that opens its
 * gate and shows its output, at speaker. Neither interrupts: kernels measure their clocks by it.
 * False where they can't be made.
 */
bool pit_create(struct vm *vm, gpa_t base, gpa_t speaker);

#endif
