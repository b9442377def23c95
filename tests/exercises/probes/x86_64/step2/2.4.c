#include <hv/grade.h>
#include <hv/vm.h>

/* What a rule is about: the register that its line names first. */
static const char *grade_2_4_word(const char *why)
{
	static char word[24];
	u32 n = 0;

	for (; why && n + 1 < sizeof(word) && why[n] && why[n] != ' ' && why[n] != ':'; n++)
		word[n] = why[n];
	word[n] = 0;
	return why ? word : "nothing";
}

void grade_2_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	static struct arch_vcpu good;
	u32 *control = (u32 *)vcpu->arch.control;

	good = vcpu->arch;
	for (u32 i = 0; i < 160; i++) {
		u32 broken = i < 8 ? 1u << i : 1u << grade_below(10);

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
			control[0x58 / 4] = grade_below(2);
		/* What no rule is about. */
		vcpu->arch.state.sysenter_eip = grade_random();
		vcpu->arch.state.idtr_base = grade_random();
		vcpu->arch.gpr[5] = grade_random();
		tell("rflags %lx, cr0 %lx, cr4 %lx, tr_access %lx, efer %lx, VMCB %x %x: %s",
		     vcpu->arch.rflags, vcpu->arch.state.cr0, vcpu->arch.state.cr4,
		     vcpu->arch.state.tr_access, vcpu->arch.state.efer,
		     virt == &svm ? control[4] : 0, virt == &svm ? control[0x58 / 4] : 0,
		     grade_2_4_word(arch_vcpu_check(vcpu)));
	}
	vcpu->arch = good;
	vm_destroy(vm);
}
