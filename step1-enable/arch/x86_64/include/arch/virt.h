/* SPDX-License-Identifier: MIT */
/*
 * Two vendors, one table of operations. vmx.c (Intel) and svm.c (AMD) each fill one, with the same
 * functions in the same order; detect.c chooses by CPUID, and everything else calls through virt.
 */
#ifndef ARCH_VIRT_H
#define ARCH_VIRT_H

#include <hv/types.h>

struct virt {
	const char *name;
	/* Does CPUID offer it? */
	bool (*offered)(void);
	/* As arch_detect(), but for this one. */
	bool (*detect)(const char **reason);
	/* As arch_hv_enable() and arch_hv_disable(). */
	bool (*enable)(void);
	void (*disable)(void);
};

extern const struct virt vmx, svm;
/* The one that this CPU has; NULL before arch_detect(), or where it has none. */
extern const struct virt *virt;

#endif
