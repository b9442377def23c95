/* SPDX-License-Identifier: MIT */
/* What the two vendors' second stages share. */
#ifndef ARCH_NPT_H
#define ARCH_NPT_H

#include <hv/npt.h>

#define ENTRY_ADDRESS 0x000ffffffffff000ul
#define ENTRY_LARGE   BIT(7)

bool npt_is_leaf(u64 entry, u32 level);
hpa_t npt_address(u64 entry);
void npt_publish(u64 token, gpa_t gpa, u64 size);

/* npt_format.flush (vmx.c, svm.c). */
void vmx_flush(u64 token, gpa_t gpa, u64 size);
void svm_flush(u64 token, gpa_t gpa, u64 size);

extern struct npt_format vmx_npt_format, svm_npt_format;

#endif
