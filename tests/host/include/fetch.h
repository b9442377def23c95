/* SPDX-License-Identifier: MIT */
/* Put before arch/riscv64/mmio.c: its one piece of assembly, the fetch, asks the test. */
#include <arch/csr.h>
#include <hv/arch.h>
#include <hv/vcpu.h>

bool host_fetch(u64 gva, u64 *value);
u64 host_fetched(void);
#define volatile(...) \
	("" : "=r"(ok), "=r"(value) : "0"(host_fetch(gva, &value)), "1"(host_fetched()))
