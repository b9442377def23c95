#include <hv/grade.h>

static void grade_1_2_features(const char *when)
{
	const struct cpu_features *f = &cpu_features;

	tell("%s: PARange %u, %u bits, VMID bits %u", when, f->pa_range, f->pa_bits, f->vmid_bits);
}

void grade_1_2(void)
{
	const char *reason = "none given";
	bool possible;

	grade_1_2_features("at the start");
	cpu_features = (struct cpu_features){ 77, 77, 77 };
	possible = arch_detect(&reason);
	grade_1_2_features(possible ? "found again" : "refused");
	/* Other CPUs: what the helper says then is by chance. */
	for (u32 i = 0; i < 12; i++) {
		cpu_features = (struct cpu_features){ 77, 77, 77 };
		reason = "none given";
		grade_mocked = true;
		possible = arch_detect(&reason);
		grade_mocked = false;
		tell("another CPU, with %u bits: %s", cpu_features.pa_bits,
		     possible ? "can host guests" : reason);
		if (possible)
			grade_1_2_features("another CPU");
	}
	possible = arch_detect(&reason);
	grade_1_2_features(possible ? "at the end" : "refused");
}
