// SPDX-License-Identifier: MIT
/* The given guest's, which the reference has too (final.5). */
#include "../../mailbox/x86_64/irq.c"
