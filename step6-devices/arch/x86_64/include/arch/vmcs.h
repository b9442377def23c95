/* SPDX-License-Identifier: MIT */
/* VMCS fields that switch.S exchanges; the others are vmx.c's (SDM appendix B). */
#ifndef ARCH_VMCS_H
#define ARCH_VMCS_H

#define VMCS_GUEST_RSP    0x681c
#define VMCS_GUEST_RIP    0x681e
#define VMCS_GUEST_RFLAGS 0x6820
#define VMCS_HOST_RSP     0x6c14
#define VMCS_HOST_RIP     0x6c16

#endif
