// SPDX-License-Identifier: MIT
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <hv/arch.h>
#include <hv/printf.h>

struct cpu_features cpu_features;

/* PARange (Arm ARM, ID_AA64MMFR0_EL1) in bits; 0 for a value that is not known. */
static u32 pa_bits(u32 range)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52 };

	return range < ARRAY_SIZE(bits) ? bits[range] : 0;
}

bool arch_detect(const char **reason)
{
	struct cpu_features *f = &cpu_features;

	/* A level that is not there can't be asked for: who started us has chosen it. */
	if (current_el() != 2) {
		*reason = current_el() == 1 ?
				  "started at EL1: EL2 is missing, or someone else has it" :
				  "started at EL3: the firmware must hand over at EL2";
		return false;
	}
	printf("ladder: detect: EL2, by CurrentEL\n");

	u64 mmfr0 = sysreg_read(ID_AA64MMFR0_EL1), mmfr1 = sysreg_read(ID_AA64MMFR1_EL1);
	u64 pfr0 = sysreg_read(ID_AA64PFR0_EL1);

	f->pa_range = ID_FIELD(mmfr0, MMFR0_PARANGE);
	f->pa_bits = pa_bits(f->pa_range);
	printf("  second stage   %u-bit addresses%s\n", f->pa_bits,
	       ID_FIELD(mmfr0, MMFR0_TGRAN4) == 0xf ? "" : ", 4 KiB granule");
	if (ID_FIELD(mmfr0, MMFR0_TGRAN4) == 0xf) {
		*reason = "ID_AA64MMFR0_EL1.TGran4 says that there are no 4 KiB pages";
		return false;
	}
	if (f->pa_bits < 40) {
		*reason = "ID_AA64MMFR0_EL1.PARange is below 40 bits";
		return false;
	}

	f->vmid_bits = ID_FIELD(mmfr1, MMFR1_VMIDBITS) == 2 ? 16 : 8;
	printf("  VMID bits      %u\n", f->vmid_bits);

	printf("  guest timer    CNTV and CNTP, the guest's own\n");
	printf("  interrupts     %s\n",
	       ID_FIELD(pfr0, PFR0_GIC) ? "GICv3: system registers" : "GICv2: memory-mapped");
	printf("  VHE            %s\n", ID_FIELD(mmfr1, MMFR1_VH) ? "yes, left off" : "no");
	return true;
}
