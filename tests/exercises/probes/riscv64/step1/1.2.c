#include <hv/grade.h>

static void grade_1_2_features(const char *when)
{
	const struct cpu_features *f = &cpu_features;

	tell("%s: Sv39x4 %d, Sv48x4 %d, Sv57x4 %d, VMID bits %u, henvcfg %lx, Sstc %d, AIA %d", when,
	     f->sv39x4, f->sv48x4, f->sv57x4, f->vmid_bits, f->henvcfg, f->sstc, f->aia);
}

void grade_1_2(void)
{
	const char *const none = "none given", *reason = none;
	bool possible;

	grade_1_2_features("at the start");
	cpu_features = (struct cpu_features){ .vmid_bits = 77, .aia = true };
	csr_write(henvcfg, 0);
	possible = arch_detect(&reason);
	grade_1_2_features(possible ? "found again" : "refused");
	/* Other CPUs: what the helpers say then is by chance. */
	for (u32 i = 0; i < 12; i++) {
		cpu_features = (struct cpu_features){ .vmid_bits = 77, .aia = true };
		reason = none;
		grade_mocked = grade_random() | 1;
		possible = arch_detect(&reason);
		grade_mocked = 0;
		tell("another CPU (%u): %s", i, possible ? "can host guests" :
		     reason == none ? "refused, without a reason" : "refused, with a reason");
		if (possible)
			grade_1_2_features("another CPU");
	}
	cpu_features = (struct cpu_features){ 0 };
	possible = arch_detect(&reason);
	tell("afterwards: hgatp %lx, henvcfg %lx", csr_read(hgatp), csr_read(henvcfg));
}
