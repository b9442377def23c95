// SPDX-License-Identifier: MIT
/* Who are you and what can you do (SBI 2.0, 4). */
#include <arch/sbi.h>

#define SPEC_VERSION_2_0 (2ul << 24)
#define IMPLEMENTATION   0x4c4144 /* "LAD"; the registered ids are small numbers */

enum { GET_SPEC_VERSION, GET_IMPL_ID, GET_IMPL_VERSION, PROBE_EXTENSION, GET_MVENDORID, GET_MARCHID,
       GET_MIMPID };

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	(void)vcpu;
	switch (function) {
	case GET_SPEC_VERSION:
		return (struct sbi_ret){ SBI_SUCCESS, SPEC_VERSION_2_0 };
	case GET_IMPL_ID:
		return (struct sbi_ret){ SBI_SUCCESS, IMPLEMENTATION };
	case GET_IMPL_VERSION:
		return (struct sbi_ret){ SBI_SUCCESS, 1 };
	case PROBE_EXTENSION:
		return (struct sbi_ret){ SBI_SUCCESS, args[0] == SBI_EXT_LADDER ||
							   sbi_find(args[0]) };
	case GET_MVENDORID:
	case GET_MARCHID:
	case GET_MIMPID:
		/* 0: not said. The host's own would name errata that a guest must not act on. */
		return (struct sbi_ret){ SBI_SUCCESS, 0 };
	default:
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	}
}

const struct sbi_extension sbi_base = { SBI_EXT_BASE, SBI_EXT_BASE, call };
