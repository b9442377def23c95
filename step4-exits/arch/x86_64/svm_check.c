// SPDX-License-Identifier: MIT
#include <arch/check.h>
#include <hv/vcpu.h>

/* Defined in any CPU; one of them may have less. */
#define EFER_AMD    (EFER_SVME | 0xe000) /* LMSLE, FFXSR, TCE (APM 3.1.7) */
#define CR4_DEFINED 0x00f71fff

/* APM 15.5.1 */
const char *svm_check_guest(const struct vcpu *vcpu)
{
	const struct guest_state *s = &vcpu->arch.state;
	bool long_mode = (s->efer & EFER_LME) && (s->cr0 & CR0_PG);
	u64 code = s->cs_access;

	RULE(!(s->efer & EFER_SVME), "EFER.SVME = 0 in the VMCB (APM 15.5.1)");
	RULE((s->cr0 & CR0_CACHES_OFF) == CR0_NW, "CR0.NW = 1 with CR0.CD = 0 (APM 15.5.1)");
	RULE(s->cr0 >> 32, "CR0 has a bit above 31 (APM 15.5.1)");
	RULE(too_wide(s->cr3), "CR3 has more bits than a physical address (APM 15.5.1)");
	RULE(s->cr4 & ~CR4_DEFINED, "CR4 has a reserved bit (APM 15.5.1)");
	RULE(s->dr7 >> 32, "DR7 has a bit above 31 (APM 15.5.1)");
	RULE(s->efer & ~(EFER_GUEST | EFER_AMD), "EFER has a reserved bit (APM 15.5.1)");
	RULE(!(s->efer & EFER_LMA) != !long_mode, "EFER.LMA is not LME and CR0.PG (APM 3.1.7)");
	RULE(long_mode && !(s->cr4 & CR4_PAE), "long mode with CR4.PAE = 0 (APM 15.5.1)");
	RULE(long_mode && !(s->cr0 & CR0_PE), "long mode with CR0.PE = 0 (APM 15.5.1)");
	RULE(long_mode && (code & ACCESS_LONG) && (code & ACCESS_BIG),
	     "CS has L = 1 and D = 1 in long mode (APM 15.5.1)");
	return check_event(s->event);
}
