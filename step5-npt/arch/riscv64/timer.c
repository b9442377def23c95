// SPDX-License-Identifier: MIT
#include <arch/csr.h>
#include <hv/arch.h>

u64 arch_instructions(void)
{
	return csr_read(instret);
}
