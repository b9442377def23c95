/* SPDX-License-Identifier: MIT */
/* The arch's own constants, without the instructions that a host does not have. */
#include_next <arch/csr.h>

#undef H_INSN
#define H_INSN(insn) ""
