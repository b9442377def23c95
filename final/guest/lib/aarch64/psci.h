/* SPDX-License-Identifier: MIT */
#ifndef GUEST_PSCI_H
#define GUEST_PSCI_H

#include <stdint.h>

/* DEN0022, 5.1 and 5.2.1 */
#define PSCI_VERSION	    0x84000000
#define PSCI_CPU_ON	    0xc4000003
#define PSCI_SYSTEM_OFF	    0x84000008
#define PSCI_SYSTEM_RESET   0x84000009
#define PSCI_FEATURES	    0x8400000a
#define PSCI_NOT_SUPPORTED  (-1)
#define PSCI_INVALID_PARAMS (-2)

/* SMCCC (DEN0028, 2.6 to 2.8): function in x0, arguments from x1; errors are 32 bits wide. */
#define PSCI_CALL(conduit, name)                                                                   \
	static inline int32_t name(uint64_t function, uint64_t arg0, uint64_t arg1, uint64_t arg2) \
	{                                                                                          \
		register uint64_t x0 __asm__("x0") = function;                                     \
		register uint64_t x1 __asm__("x1") = arg0;                                         \
		register uint64_t x2 __asm__("x2") = arg1;                                         \
		register uint64_t x3 __asm__("x3") = arg2;                                         \
                                                                                                   \
		__asm__ volatile(conduit " #0"                                                     \
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                          \
				 :                                                                 \
				 : "memory");                                                      \
		return x0;                                                                         \
	}
PSCI_CALL("hvc", psci_hvc)
PSCI_CALL("smc", psci_smc)

#endif
