// SPDX-License-Identifier: MIT
/* The header of a raw kernel image (Linux, Documentation/arch/arm64/booting.rst, section 3). */
#include <hv/arch.h>
#include <hv/string.h>

struct image_header {
	u32 code[2];
	u64 text_offset; /* from the beginning of RAM */
	u64 image_size;  /* with .bss */
	u64 flags;
	u64 reserved[3];
	char magic[4]; /* "ARM\x64" */
	u32 reserved1;
};

bool arch_linux_image(const void *image, u64 size, u64 *offset, u64 *needed)
{
	const struct image_header *header = image;

	if (size < sizeof(*header) || memcmp(header->magic, "ARM\x64", 4))
		return false;
	*offset = header->text_offset;
	*needed = header->image_size > size ? header->image_size : size;
	return true;
}
