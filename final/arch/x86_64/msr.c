// SPDX-License-Identifier: MIT
/*
 * Model-specific registers (SDM volume 4). Those whose value goes with the vCPU, by VMCS, VMCB or
 * vcpu_load(), are the guest's own; a few are emulated; any other is one that its CPU lacks.
 */
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/vcpu.h>

const u32 free_msrs[] = {
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR,	  MSR_LSTAR,
	MSR_CSTAR,	 MSR_SFMASK,	   MSR_FS_BASE,	     MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};

const u32 nr_free_msrs = ARRAY_SIZE(free_msrs);

/* Which memory types a PAT entry may name (SDM 12.12.2). */
static bool is_pat(u64 value)
{
	for (; value; value >>= 8)
		if ((value & 0xff) > 7 || (value & 0xff) == 2 || (value & 0xff) == 3)
			return false;
	return true;
}

/* Long mode is switched by CR0.PG; while that is on, EFER.LME may not change (SDM 10.8.5). */
static bool write_efer(struct vcpu *vcpu, u64 value)
{
	u64 efer = state_get(vcpu, efer);
	bool paging = state_get(vcpu, cr0) & CR0_PG;

	if ((value & ~EFER_GUEST) || (paging && ((value ^ efer) & EFER_LME)))
		return false;
	/* LMA is the CPU's to set, and SVME is ours: VMRUN wants it (APM 15.5.1). */
	state_set(vcpu, efer, (value & ~(u64)EFER_LMA) | (efer & (EFER_LMA | EFER_SVME)));
	return true;
}

/*
 * What a kernel reads and writes without asking whether it is there, as each CPU of its vendor and
 * family has it: the platform's and the microcode's number, which features are switched on, of
 * which "fast strings" is the only one here, and the northbridge's settings.
 */
#define MSR_PLATFORM_ID  0x17
#define MSR_BIOS_SIGN_ID 0x8b
#define MSR_MISC_ENABLE  0x1a0
#define MISC_FAST_STRING BIT(0)
#define MSR_NB_CFG       0xc001001f

static bool is_taken_for_granted(u32 msr)
{
	return msr == MSR_PLATFORM_ID || msr == MSR_BIOS_SIGN_ID || msr == MSR_MISC_ENABLE ||
	       msr == MSR_NB_CFG;
}

bool guest_rdmsr(struct vcpu *vcpu, u32 msr, u64 *value)
{
	switch (msr) {
	case MSR_TSC: /* as RDTSC, which does not exit */
		*value = arch_instructions();
		return true;
	case MSR_EFER:
		*value = state_get(vcpu, efer) & EFER_GUEST;
		return true;
	case MSR_PAT:
		*value = state_get(vcpu, pat);
		return true;
	case MSR_TSC_AUX:
		*value = state_get(vcpu, tsc_aux);
		return true;
	default:
		*value = msr == MSR_MISC_ENABLE ? MISC_FAST_STRING : 0;
		if (is_taken_for_granted(msr))
			return true;
		return lapic_msr_read(vcpu, msr, value);
	}
}

bool guest_wrmsr(struct vcpu *vcpu, u32 msr, u64 value)
{
	switch (msr) {
	case MSR_EFER:
		return write_efer(vcpu, value);
	case MSR_PAT:
		if (is_pat(value))
			state_set(vcpu, pat, value);
		return is_pat(value);
	case MSR_TSC_AUX:
		state_set(vcpu, tsc_aux, (u32)value);
		return true;
	default:
		return is_taken_for_granted(msr) || lapic_msr_write(vcpu, msr, value);
	}
}
