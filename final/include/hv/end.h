/* SPDX-License-Identifier: MIT */
#ifndef HV_END_H
#define HV_END_H

#include <hv/printf.h>

/*
 * The only way out. Prints the last line, which carries the runner's nonce, and powers the machine
 * off; status 0 means that all was as it must be, 1 to 255 that it was not. The runner believes
 * neither the line nor the emulator's status alone, so that no guest can end a run as passed.
 */
_Noreturn void hv_end(int status);

/* Says why and ends with status 2: for faults of the hypervisor itself, never for a guest's. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define assert(condition)                                                                    \
	do {                                                                                 \
		if (!(condition))                                                            \
			panic("%s:%d: %s does not hold", __FILE__, __LINE__, #condition);    \
	} while (0)

#endif
