#include <hv/grade.h>
#include <hv/vm.h>

void grade_2_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct arch_vcpu good = vcpu->arch;
	u64 hcr = sysreg_read(hcr_el2);

	for (u32 i = 0; i < 140; i++) {
		u32 broken = i % 7;

		vcpu->arch = good;
		vcpu->arch.elr = grade_random() & ~3ul;
		vcpu->arch.spsr |= grade_random() & SPSR_NZCV;
		vcpu->arch.el1.sctlr_el1 |= grade_random() & (SCTLR_C | SCTLR_I | SCTLR_SA);
		if (broken == 1)
			vcpu->arch.spsr = (vcpu->arch.spsr & ~SPSR_M) | grade_below(SPSR_M + 1);
		if (broken == 1 && i % 2)	/* one bit is wrong */
			vcpu->arch.spsr = good.spsr ^ BIT(grade_below(5));
		if (broken == 2)
			vcpu->arch.spsr &= ~(grade_random() & SPSR_DAIF);
		if (broken == 3 && grade_below(2))
			sysreg_write(hcr_el2, hcr & ~HCR_RW);
		if (broken == 4)
			vcpu->arch.elr |= grade_below(4);
		if (broken == 5)
			vcpu->arch.el1.sctlr_el1 |= grade_below(2) ? SCTLR_M : 0;
		if (broken == 6)
			vcpu->arch.el1.sctlr_el1 &= ~(grade_random() & SCTLR_EL1_RES1 &
						      (grade_below(2) ? ~0ul : grade_random()));
		/* What no rule is about. */
		vcpu->arch.el1.vbar_el1 = grade_random();
		vcpu->arch.el1.tpidr_el1 = grade_random();
		vcpu->arch.gpr[5] = grade_random();
		tell("SPSR_EL2 %lx, ELR_EL2 %lx, SCTLR_EL1 %lx, HCR_EL2 %lx: %s", vcpu->arch.spsr,
		     vcpu->arch.elr, vcpu->arch.el1.sctlr_el1, sysreg_read(hcr_el2),
		     grade_2_4_word(arch_vcpu_check(vcpu)));
		sysreg_write(hcr_el2, hcr);
	}
	vcpu->arch = good;
	vm_destroy(vm);
}
