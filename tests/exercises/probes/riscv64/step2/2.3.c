#include <hv/grade.h>
#include <hv/vm.h>

/* The CSRs themselves, behind the back of the code under test. */
#define GRADE_2_3_ALL(x)                                                                       \
	x(vsstatus) x(vsie) x(vstvec) x(vsscratch) x(vsepc) x(vscause) x(vstval) x(vsatp)      \
	x(scounteren) x(senvcfg) x(hvip)

static u64 grade_2_3_kept(u32 n)
{
	return vs_reg_table[n].kept;
}

void grade_2_3(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	u64 *regs = (u64 *)&vcpu->arch.vs, old = csr_read(hstatus);
	bool sstc = cpu_features.sstc;
	u32 n;

	for (u32 i = 0; i < 12; i++) {
		/* On a CPU without Sstc nobody touches vstimecmp, and VSTIP is as any other bit. */
		cpu_features.sstc = sstc && i < 8;
		if (sstc)
			csr_write(vstimecmp, grade_random());
		for (n = 0; n < ARRAY_SIZE(vs_reg_table); n++)
			regs[vs_reg_table[n].index] = grade_random() & grade_2_3_kept(n);
		if (i % 4 == 1)
			vcpu->arch.vs.vstimecmp = 0;
		vcpu->arch.hstatus = old ^ (i & 1 ? HSTATUS_VTW : 0);
		csr_write(htimedelta, grade_random());
		arch_vcpu_load(vcpu);
		n = 0;
#define x(csr) tell("loaded: " #csr " %lx", csr_read(csr) & grade_2_3_kept(n)); n++;
		GRADE_2_3_ALL(x)
#undef x
		if (sstc)
			tell("loaded: vstimecmp %lx", csr_read(vstimecmp));
		tell("loaded: hstatus %lx, htimedelta %lx", csr_read(hstatus), csr_read(htimedelta));
		n = 0;
#define x(csr) csr_write(csr, grade_random() & grade_2_3_kept(n)); n++;
		GRADE_2_3_ALL(x)
#undef x
		if (sstc)
			csr_write(vstimecmp, i & 2 ? 0 : grade_random());
		csr_write(hstatus, old ^ (i & 2 ? HSTATUS_VTW : 0));
		grade_2_3_pending = i % 3 ? 0 : BIT(IRQ_VSTI);
		arch_vcpu_put(vcpu);
		grade_2_3_pending = 0;
		for (n = 0; n < ARRAY_SIZE(vs_reg_table); n++)
			tell("put: %s %lx", vs_reg_table[n].name,
			     regs[vs_reg_table[n].index] &
				     (grade_2_3_kept(n) | (n == 10 ? BIT(IRQ_VSTI) : 0)));
		tell("put: hstatus %lx", vcpu->arch.hstatus);
	}
	cpu_features.sstc = sstc;
	csr_write(hstatus, old);
	csr_write(hvip, 0);
	vm_destroy(vm);
}
