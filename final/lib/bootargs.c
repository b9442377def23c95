// SPDX-License-Identifier: MIT
#include <hv/bootargs.h>
#include <hv/printf.h>
#include <libfdt.h>

void fdt_bootargs(const void *fdt, char *buf, size_t size)
{
	int chosen = fdt ? fdt_path_offset(fdt, "/chosen") : -1;
	const char *value = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "bootargs", NULL);

	snprintf(buf, size, "%s", value ? value : "");
}
