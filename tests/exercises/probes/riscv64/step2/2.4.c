#include <hv/grade.h>
#include <hv/vm.h>

void grade_2_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	struct arch_vcpu good = vcpu->arch;

	good.sepc = grade_random() & ~1ul;
	for (u32 i = 0; i < 120; i++) {
		u32 broken = i < 8 ? i : BIT(grade_below(7));

		vcpu->arch = good;
		if (broken & 1)
			vcpu->arch.hstatus &= ~HSTATUS_SPV;
		if (broken & 2)
			vcpu->arch.sstatus &= ~SSTATUS_SPP;
		if (broken & 4)
			vcpu->arch.hstatus = (good.hstatus & ~(3ul << 32)) | grade_below(3) << 32;
		if (broken & 8)
			vcpu->arch.sepc |= grade_below(2);
		if (broken & 16)
			vcpu->arch.vs.vsstatus = grade_below(512);
		if (broken & 32)
			vcpu->arch.vs.vsatp = grade_below(4) ? grade_random() >> grade_below(64)
					       << grade_below(2) * 44 : 0;
		/* What no rule is about. */
		vcpu->arch.vs.vstvec = grade_random();
		vcpu->arch.vs.vsscratch = grade_random();
		vcpu->arch.gpr[5] = grade_random();
		const char *why = arch_vcpu_check(vcpu);

		/* Where more than one rule is broken, any of them may be named. */
		tell("hstatus %lx, sstatus %lx, sepc %lx, vsstatus %lx, vsatp %lx: %s",
		     vcpu->arch.hstatus, vcpu->arch.sstatus, vcpu->arch.sepc,
		     vcpu->arch.vs.vsstatus, vcpu->arch.vs.vsatp,
		     why && (broken & (broken - 1)) ? "something is wrong" : grade_2_4_word(why));
	}
	vcpu->arch = good;
	vm_destroy(vm);
}
