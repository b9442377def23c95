#include <hv/grade.h>
#include <hv/vm.h>

/* MIDR_EL1 and MPIDR_EL1, in capitals or not. */
static u64 grade_2_2_read(const char *name, u64 value)
{
	if (grade_mocked && (name[0] | 0x20) == 'm' && (name[1] | 0x20) == 'i')
		return grade_answer("midr", 0);
	if (grade_mocked && (name[0] | 0x20) == 'm' && (name[1] | 0x20) == 'p')
		return grade_answer("mpidr", 0);
	return value;
}

void grade_2_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	for (u32 i = 0; i < 12; i++) {
		gpa_t entry = grade_random() & ~3ul;
		u64 arg = grade_random(), sum = 0;

		/* Nothing of what was there may be left. */
		for (u32 n = 0; n < sizeof(vcpu->arch); n++)
			((u8 *)&vcpu->arch)[n] = grade_random();
		vcpu->id = grade_below(8);
		grade_mocked = i % 3 ? grade_random() | 1 : 0;	/* another model of CPU */
		arch_vcpu_reset(vcpu, entry, arg);
		grade_mocked = 0;
		for (u32 n = 1; n < 31; n++)
			sum |= vcpu->arch.gpr[n];
		tell("vCPU %u, entry %lx, argument %lx:", vcpu->id, entry, arg);
		tell("  x0 %lx, others %lx, pc %lx, SPSR %lx", vcpu->arch.gpr[0], sum,
		     vcpu->arch.elr, vcpu->arch.spsr);
		for (u32 n = 0; n < ARRAY_SIZE(el1_reg_table); n++)
			tell("  %s %lx", el1_reg_table[n].name,
			     ((u64 *)&vcpu->arch.el1)[el1_reg_table[n].index]);
	}
	vcpu->id = 0;
	vm_destroy(vm);
}
