// SPDX-License-Identifier: MIT
/* The header of a raw kernel image (Linux, Documentation/arch/riscv/boot-image-header.rst). */
#include <hv/arch.h>
#include <hv/string.h>

struct image_header {
	u32 code[2];
	u64 text_offset; /* from the beginning of RAM */
	u64 image_size;  /* with .bss */
	u64 flags;
	u32 version;
	u32 reserved1;
	u64 reserved2;
	char magic[8];
	char magic2[4]; /* "RSC\x05" */
	u32 reserved3;
};

bool arch_linux_image(const void *image, u64 size, u64 *offset, u64 *needed)
{
	const struct image_header *header = image;

	if (size < sizeof(*header) || memcmp(header->magic2, "RSC\x05", 4))
		return false;
	*offset = header->text_offset;
	*needed = header->image_size > size ? header->image_size : size;
	return true;
}
