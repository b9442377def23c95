#include <hv/grade.h>
#include <hv/vm.h>

/*
 * What a CPU that is made up wants of CR0, CR4 and the controls: what this one does, and one bit
 * more, or one less.
 */
static u32 grade_2_4_msr;
static u64 grade_2_4_set, grade_2_4_clear;

u64 mock_msr_read(u32 msr)
{
	u64 value;

	grade_mocked = false;
	value = msr_read(msr);
	grade_mocked = true;
	return msr == grade_2_4_msr ? (value | grade_2_4_set) & ~grade_2_4_clear : value;
}

/* FIXED0 has the bits that must be 1, FIXED1 those that may be; of controls it is two halves. */
static void grade_2_4_machine(u32 i)
{
	static const u32 controls[] = { MSR_VMX_TRUE_PINBASED, MSR_VMX_TRUE_PROCBASED,
					MSR_VMX_PROCBASED2, MSR_VMX_TRUE_EXIT, MSR_VMX_TRUE_ENTRY };
	static const u32 fixed[] = { MSR_VMX_CR0_FIXED0, MSR_VMX_CR0_FIXED1, MSR_VMX_CR4_FIXED0,
				     MSR_VMX_CR4_FIXED1 };
	u64 bit = BIT(grade_below(32));

	grade_2_4_msr = i % 3 ? fixed[grade_below(4)] : controls[grade_below(5)];
	/* What must be 1 may be 1. */
	grade_2_4_set = i % 3 && grade_2_4_msr % 2 == 0 ? bit & msr_read(grade_2_4_msr + 1) : 0;
	grade_2_4_clear = i % 3 == 0 ? (bit & ~msr_read(grade_2_4_msr)) << 32 :
			  grade_2_4_msr % 2  ? bit & ~msr_read(grade_2_4_msr - 1) : 0;
}

void grade_2_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	static struct arch_vcpu good;
	u32 *control = (u32 *)vcpu->arch.control;

	good = vcpu->arch;
	for (u32 i = 0; i < 240; i++) {
		u32 broken = i < 8 ? 1u << i : 1u << grade_below(10);
		bool another = virt == &vmx && i >= 160;
		const char *why;

		vcpu->arch = good;
		vcpu->arch.rflags |= grade_random() & 0xdd5; /* none of it matters */
		if (broken & 1)
			vcpu->arch.rflags |= RFLAGS_IF;
		if (broken & 2)
			vcpu->arch.state.cr0 ^= BIT(grade_below(64));
		if (broken & 4)
			vcpu->arch.state.cr4 ^= BIT(grade_below(64));
		if (broken & 8)
			vcpu->arch.state.tr_access ^= BIT(grade_below(17));
		if (broken & 16 && virt == &svm)
			control[4] &= ~1u;
		if (broken & 32)
			vcpu->arch.state.efer &= ~(u64)EFER_SVME;
		if (broken & 64 && virt == &svm)
			control[0x58 / 4] = grade_below(2) ? grade_random() >> grade_below(64) : 0;
		/* What no rule is about. */
		vcpu->arch.state.sysenter_eip = grade_random();
		vcpu->arch.state.idtr_base = grade_random();
		vcpu->arch.gpr[5] = grade_random();
		if (another) {
			vcpu->arch = good;
			grade_2_4_machine(i);
		}
		grade_mocked = another;
		why = arch_vcpu_check(vcpu);
		grade_mocked = false;
		if (another)
			tell("MSR %x of another CPU has %lx more, %lx less: %s", grade_2_4_msr,
			     grade_2_4_set, grade_2_4_clear,
			     i % 3 ? grade_2_4_word(why) : why ? "something is broken" : "nothing");
		else
			tell("rflags %lx, cr0 %lx, cr4 %lx, tr_access %lx, efer %lx, "
			     "VMCB %x %x: %s",
			     vcpu->arch.rflags, vcpu->arch.state.cr0, vcpu->arch.state.cr4,
			     vcpu->arch.state.tr_access, vcpu->arch.state.efer,
			     virt == &svm ? control[4] : 0, virt == &svm ? control[0x58 / 4] : 0,
			     grade_2_4_word(why));
	}
	vcpu->arch = good;
	vm_destroy(vm);
}
