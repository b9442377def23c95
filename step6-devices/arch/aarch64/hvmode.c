// SPDX-License-Identifier: MIT
/*
 * EL2 is there from the start, and boot.S has switched its own memory management on (mmu.c). What
 * is left to switch on is which of the guest's doings come to us: HCR_EL2 and its kin.
 */
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <hv/arch.h>
#include <hv/printf.h>

/* HCR_EL2, bit by bit. */
static const struct hcr_bit {
	u64 bit;
	const char *why;
} hcr_bits[] = {
	{ HCR_RW, "RW: EL1 is 64-bit" },
	{ HCR_VM, "VM: the second stage is on" },
	{ HCR_TSC, "TSC: smc exits; the firmware is not the guest's to call" },
	{ HCR_TID3, "TID3: reading what the CPU offers exits; we hide what is not for guests" },
	{ HCR_TIDCP, "TIDCP: registers that Arm leaves to the CPU's maker exit" },
	{ HCR_TWI, "TWI: wfi exits; an idle guest gives the CPU away" },
	{ HCR_AMO, "AMO: SErrors come to us, and virtual ones can go to the guest" },
	{ HCR_IMO, "IMO: the same for IRQs" },
	{ HCR_FMO, "FMO: the same for FIQs" },
	{ HCR_SWIO, "SWIO: cache invalidation by set and way cleans too: nothing of ours is lost" },
};

/* FP and SIMD registers are the guest's without an exit (TFP = 0); SVE's are not (TZ). */
#define GUEST_CPTR (CPTR_RES1 | CPTR_TZ)

/* Both counters and the timers of EL1 are used without an exit, CNTP too (EL1PCTEN, EL1PCEN). */
#define GUEST_CNTHCTL (CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN)

/*
 * The performance counters are ours, and where the host's debug ROM lies is no guest's affair: both
 * exit (TPM and TPMCR; TDRA). HPMN: as many counters as there are.
 */
static u64 guest_mdcr(void)
{
	u64 counters = sysreg_read(PMCR_EL0) >> PMCR_N_SHIFT & MDCR_HPMN;

	return MDCR_TDRA | MDCR_TPM | MDCR_TPMCR | counters;
}

/*
 * The second stage (VTCR_EL2): 40 bits of guest-physical address from level 1 on, 4 KiB
 * granule, table walks cached. VS: VMIDs of 16 bits, where the CPU has them.
 */
static u64 guest_vtcr(void)
{
	return VTCR_RES1 | TCR_T0SZ(40) | VTCR_SL0_LEVEL1 | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA |
	       TCR_SH0_INNER | (u64)cpu_features.pa_range << VTCR_PS_SHIFT |
	       (cpu_features.vmid_bits == 16 ? VTCR_VS : 0);
}

#define write_and_check(reg, value, why)                                                      \
	({                                                                                    \
		u64 want_ = (value), got_;                                                    \
		sysreg_write(reg, want_);                                                     \
		got_ = sysreg_read(reg);                                                      \
		printf("  %-11s %016lx  %s\n", #reg, got_, why);                              \
		if (got_ != want_)                                                            \
			printf("ladder: enable: %s does not take %016lx\n", #reg, want_);     \
		got_ == want_;                                                                \
	})

static bool enable_traps(void)
{
	u64 hcr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(hcr_bits); i++)
		hcr |= hcr_bits[i].bit;
	if (!write_and_check(hcr_el2, hcr, "bit by bit:"))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(hcr_bits); i++)
		printf("      %08lx    %s\n", hcr_bits[i].bit, hcr_bits[i].why);
	return true;
}

bool arch_hv_enable(void)
{
	printf("  %-11s %016lx  %s\n", "ttbr0_el2", sysreg_read(ttbr0_el2),
	       "our own table: every address maps to itself");
	printf("  %-11s %016lx  %s\n", "sctlr_el2", sysreg_read(sctlr_el2), "MMU and caches on");
	return enable_traps() &&
	       write_and_check(vtcr_el2, guest_vtcr(), "40-bit guest-physical addresses") &&
	       write_and_check(cptr_el2, GUEST_CPTR, "FP and SIMD without an exit") &&
	       write_and_check(mdcr_el2, guest_mdcr(), "performance counters, debug ROM: ours") &&
	       write_and_check(cnthctl_el2, GUEST_CNTHCTL, "counters and timers without an exit");
}

void arch_hv_disable(void)
{
	sysreg_write(cnthctl_el2, 0);
	sysreg_write(mdcr_el2, sysreg_read(mdcr_el2) & MDCR_HPMN);
	sysreg_write(cptr_el2, CPTR_RES1);
	sysreg_write(vtcr_el2, 0);
	sysreg_write(hcr_el2, HCR_RW); /* what is left at EL1 is 64-bit; our own MMU stays on */
	isb();
}
