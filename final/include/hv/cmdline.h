/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's own command line: words of the form key=value, separated by blanks. The runner
 * sends nonce=… and, from step 3, guest=… and trace=….
 */
#ifndef HV_CMDLINE_H
#define HV_CMDLINE_H

#include <hv/types.h>

/* Copies the line that boot_data (arch.h) leads to. Without one every look-up finds nothing. */
void cmdline_init(u64 boot_data);

/*
 * Copies key's value to buf, cut to size - 1 characters. Returns false, with buf set to fallback,
 * where the key is not there.
 */
bool cmdline_get(const char *key, char *buf, size_t size, const char *fallback);

/* key's value as a number, decimal or 0x…; fallback where it is missing or no number. */
u64 cmdline_get_u64(const char *key, u64 fallback);

#endif
