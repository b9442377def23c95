#include <hv/grade.h>
#include <hv/pcpu.h>

static void grade_4_1_case(struct vcpu *vcpu, u64 code)
{
	struct vm_exit exit = { .reason = NR_REASONS, .code = code };
	u64 pc = grade_random() & ~3ul, x0 = grade_random();

	vcpu->arch.elr = pc;
	vcpu->arch.gpr[0] = x0;
	arch_exit_decode_rest(vcpu, &exit);
	tell("ESR_EL2 %lx (class %lx) at pc %lx: reason %u, pc moved by %ld, x0 %s", code,
	     ESR_EC(code), pc, exit.reason, (long)(vcpu->arch.elr - pc),
	     vcpu->arch.gpr[0] == x0 ? "kept" : "changed");
}

void grade_4_1(void)
{
	static const u8 classes[] = { EC_WFX, EC_SMC64, EC_HVC64, EC_SVE, EC_SYSREG };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 60; i++) {
		u64 immediate = i % 2 ? 1 + grade_below(0xffff) : 1ul << grade_below(16);

		/* hvc #0 is decoded before it comes here; smc has an immediate too. */
		grade_4_1_case(vcpu, (u64)classes[i % 5] << 26 | ESR_IL | immediate);
		/* Above its 32 bits there may be more (ISS2). */
		grade_4_1_case(vcpu, grade_below(32) << 32 | (u64)EC_SYSREG << 26 | ESR_IL |
					     immediate);
		grade_4_1_case(vcpu, ESR_SMC0);
		grade_4_1_case(vcpu, grade_below(64) << 26 | ESR_IL | immediate | 1);
	}
	for (u64 class = 0; class < 64; class++)
		grade_4_1_case(vcpu, class << 26 | ESR_IL | 1);
	vm_destroy(vm);
	grade_guest(1);
}
