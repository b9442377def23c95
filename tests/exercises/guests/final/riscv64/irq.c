// SPDX-License-Identifier: MIT
/* The given guest's, which the reference has too (final.5). */
#include "../../mailbox/riscv64/irq.c"
