// SPDX-License-Identifier: MIT
/* SOURCES: core/npt.c core/frame.c core/pcpu.c arch/riscv64/npt.c */
/* Sv39x4's own: what the algorithm does with it is in test_npt.c. */
#include "host.h"
#include <arch/cpu.h>
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/npt.h>
#include <hv/pcpu.h>

struct cpu_features cpu_features = { .vmid_bits = 14 };

TEST(token_has_root_and_vmid)
{
	struct npt npt;
	hpa_t ram = (hpa_t)host_ram(4 * MiB, 4 * MiB);

	frame_init(ram, ram + 4 * MiB);
	pcpu_init(0, 0);
	CHECK(npt_create(&npt, arch_npt_format(), 7));
	CHECK_EQUAL(npt_limit(&npt), 1ul << 41);
	u64 token = npt_token(&npt);

	CHECK_EQUAL(token & 0xfffffffffff, npt_root(&npt) >> 12);
	CHECK_EQUAL(token >> 44 & 0x3fff, 7);
	CHECK_EQUAL(token >> 60, 8); /* Sv39x4 */
}
