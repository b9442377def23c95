#include <hv/grade.h>
#include <hv/string.h>
#include <hv/vm.h>

void grade_2_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	u64 before = csr_read(hstatus);

	for (u32 i = 0; i < 12; i++) {
		gpa_t entry = grade_random() & ~1ul;
		u64 arg = grade_random(), sum = 0;

		/* Nothing of what was there may be left. */
		for (u32 n = 0; n < sizeof(vcpu->arch); n++)
			((u8 *)&vcpu->arch)[n] = grade_random();
		vcpu->id = grade_below(8);
		csr_write(hstatus, i % 2 ? before : before ^ HSTATUS_VTW);
		arch_vcpu_reset(vcpu, entry, arg);
		for (u32 n = 0; n < 32; n++)
			sum |= n != REG_A0 && n != REG_A1 ? vcpu->arch.gpr[n] : 0;
		tell("vCPU %u, entry %lx, argument %lx, the hypervisor's hstatus %lx:", vcpu->id, entry,
		     arg, csr_read(hstatus));
		tell("  a0 %lx, a1 %lx, others %lx, pc %lx, sstatus %lx, hstatus %lx",
		     vcpu->arch.gpr[REG_A0], vcpu->arch.gpr[REG_A1], sum, vcpu->arch.sepc,
		     vcpu->arch.sstatus, vcpu->arch.hstatus);
		for (u32 n = 0; n < ARRAY_SIZE(vs_reg_table); n++)
			tell("  %s %lx", vs_reg_table[n].name,
			     ((u64 *)&vcpu->arch.vs)[vs_reg_table[n].index]);
	}
	csr_write(hstatus, before);
	vcpu->id = 0;
	vm_destroy(vm);
}
