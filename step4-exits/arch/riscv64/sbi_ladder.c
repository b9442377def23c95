// SPDX-License-Identifier: MIT
/* Our own calls, the same on every ISA: include/hv/hypercall.h. */
#include <arch/sbi.h>
#include <hv/hypercall.h>

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	struct sbi_ret ret = { SBI_SUCCESS, 0 };

	if (!ladder_call(vcpu, function, args[0], &ret.value))
		ret.error = SBI_ERR_NOT_SUPPORTED;
	return ret;
}

const struct sbi_extension sbi_ladder = { SBI_EXT_LADDER, SBI_EXT_LADDER, call };
