// SPDX-License-Identifier: MIT
/* Timer (SBI 2.0, 6). */
#include <arch/sbi.h>
#include <hv/vcpu.h>

enum { SET_TIMER };

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	if (function != SET_TIMER)
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	vcpu_set_timer(vcpu, args[0]);
	return (struct sbi_ret){ SBI_SUCCESS, 0 };
}

const struct sbi_extension sbi_time = { SBI_EXT_TIME, SBI_EXT_TIME, call };
