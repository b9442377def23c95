/* SPDX-License-Identifier: MIT */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

/* Switches EL2's stage 1 and the caches on: devices below 1 GiB, the board's first GiB of RAM. */
void mmu_enable(void);

#endif
