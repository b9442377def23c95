/* SPDX-License-Identifier: MIT */
/* The guests of the course: flat images that the build puts into the hypervisor's own. */
#ifndef HV_GUESTS_H
#define HV_GUESTS_H

#include <hv/types.h>

struct vm;

struct guest_image {
	const char *name;
	gpa_t base; /* where it is loaded, and entered at its first byte */
	const u8 *start, *end;
};

/* NULL, having printed the names that there are, where there is none of this name. */
const struct guest_image *guest_find(const char *name);

/* Makes a VM that is ready to run this image; NULL where memory does not suffice. */
struct vm *guest_create(const struct guest_image *image);

#endif
