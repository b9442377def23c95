/* SPDX-License-Identifier: MIT */
/* The Supervisor Binary Interface, 2.0: what a guest kernel calls with ecall. */
#ifndef ARCH_SBI_H
#define ARCH_SBI_H

/* Standard errors (SBI 2.0, 3) */
#define SBI_SUCCESS           0l
#define SBI_ERR_FAILED        (-1l)
#define SBI_ERR_NOT_SUPPORTED (-2l)
#define SBI_ERR_INVALID_PARAM (-3l)

/* Ours, in the range for an SBI implementation's own extensions (SBI 2.0, 19). */
#define SBI_EXT_LADDER 0x0a4c4144

#endif
