/* SPDX-License-Identifier: MIT */
/* The arch's own constants, without the instructions that a host does not have. */
#include_next <arch/csr.h>

#ifndef HOST_CSR_H
#define HOST_CSR_H

#undef H_INSN
#define H_INSN(insn) ""

#undef csr_read
#undef csr_write
#undef csr_set
#undef csr_clear
u64 host_csr_read(const char *csr);
#define csr_read(csr)         host_csr_read(#csr)
#define csr_write(csr, value) ((void)(value))
#define csr_set(csr, bits)    ((void)(bits))
#define csr_clear(csr, bits)  ((void)(bits))

#endif
