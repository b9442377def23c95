// SPDX-License-Identifier: MIT
/*
 * Just enough of a device tree's flat form to find one property. Everything in it is big-endian and
 * 4-byte aligned; the structure block is a sequence of tokens.
 */
#include <hv/bootargs.h>
#include <hv/printf.h>
#include <hv/string.h>

enum { FDT_MAGIC = 0xd00dfeed, FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP };

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

void fdt_bootargs(const void *fdt, char *buf, size_t size)
{
	const u8 *header = fdt;
	const u8 *p, *end;
	const char *strings;

	buf[0] = 0;
	if (!header || be32(header) != FDT_MAGIC)
		return;
	p = header + be32(header + 8);
	strings = (const char *)header + be32(header + 12);
	end = p + be32(header + 36);

	while (p < end) {
		u32 token = be32(p);

		p += 4;
		if (token == FDT_BEGIN_NODE) {
			p += ALIGN_UP(strlen((const char *)p) + 1, 4);
		} else if (token == FDT_PROP) {
			const char *value = (const char *)p + 8;

			/* Only /chosen has a property of this name. */
			if (!strcmp(strings + be32(p + 4), "bootargs")) {
				snprintf(buf, size, "%s", value);
				return;
			}
			p += 8 + ALIGN_UP(be32(p), 4);
		} else if (token != FDT_END_NODE && token != FDT_NOP) {
			return;
		}
	}
}
