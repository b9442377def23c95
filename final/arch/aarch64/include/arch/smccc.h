/* SPDX-License-Identifier: MIT */
/* The SMC calling convention (DEN0028): what a guest calls with hvc or smc. */
#ifndef ARCH_SMCCC_H
#define ARCH_SMCCC_H

/* Answers (DEN0028, 7.1) */
#define SMCCC_SUCCESS       0l
#define SMCCC_NOT_SUPPORTED (-1l)

#define SMCCC_VERSION       0x80000000
#define SMCCC_1_1           0x00010001 /* major in the upper half */

/*
 * Ours, in the range for calls to a vendor's hypervisor (DEN0028, 6.2): fast, 64-bit, owner 6. The
 * low 16 bits are the function.
 */
#define SMCCC_LADDER      0xc6000000ul
#define SMCCC_LADDER_LAST 0xc600feff

#endif
