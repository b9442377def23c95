#include <hv/grade.h>
#include <hv/string.h>

static u32 grade_1_2_el;

static u32 grade_1_2_level(void)
{
	return grade_mocked ? grade_1_2_el : (current_el)();
}

/* Any value, but more often one that decides. A register may be written in capitals or not. */
static u64 grade_1_2_id(const char *name, u64 value)
{
	char lower[24];
	u32 n = 0;

	if (!grade_mocked)
		return value;
	for (; name[n] && n + 1 < sizeof(lower); n++)
		lower[n] = name[n] == '_' ? '_' : name[n] | 0x20;
	lower[n] = 0;
	value = grade_answer(lower, 0) | grade_answer(lower, 1) << 32;
	u64 chance = grade_answer(lower, 2);

	if (!strncmp(lower, "id_aa64mmfr0", 12)) {
		value &= ~(0xful << MMFR0_TGRAN4);
		value |= (chance % 4 || grade_1_2_el != 2 ? chance / 4 % 2 : 0xf) << MMFR0_TGRAN4;
		value &= ~0xful;
		value |= grade_1_2_el != 2 ? 5 : chance / 8 % 4 ? 1 + chance / 32 % 6 :
			 chance / 32 % 16;
	}
	if (!strncmp(lower, "id_aa64mmfr1", 12))
		value = (value & ~(0xful << MMFR1_VMIDBITS)) | chance % 2 * 2 << MMFR1_VMIDBITS;
	return value;
}

static void grade_1_2_features(const char *when)
{
	const struct cpu_features *f = &cpu_features;

	tell("%s: PARange %u, %u bits, VMID bits %u", when, f->pa_range, f->pa_bits, f->vmid_bits);
}

void grade_1_2(void)
{
	const char *const none = "none given", *reason = none;
	bool possible;

	grade_1_2_features("at the start");
	cpu_features = (struct cpu_features){ 77, 77, 77 };
	possible = arch_detect(&reason);
	grade_1_2_features(possible ? "found again" : "refused");
	/* Other CPUs; one in six starts us elsewhere. */
	for (u32 i = 0; i < 48; i++) {
		cpu_features = (struct cpu_features){ 77, 77, 77 };
		reason = none;
		grade_1_2_el = i % 6 ? 2 : 1 + i / 6 % 2 * 2;
		grade_mocked = grade_random() | 1;
		possible = arch_detect(&reason);
		tell("EL%u, ID_AA64MMFR0_EL1 %lx, ID_AA64MMFR1_EL1 %lx: %s", grade_1_2_el,
		     sysreg_read(ID_AA64MMFR0_EL1), sysreg_read(ID_AA64MMFR1_EL1),
		     possible ? "can host guests" : reason == none ? "refused, without a reason" :
		     "refused, with a reason");
		grade_mocked = 0;
		if (possible)
			grade_1_2_features("  then");
	}
	possible = arch_detect(&reason);
	grade_1_2_features(possible ? "at the end" : "refused");
}
