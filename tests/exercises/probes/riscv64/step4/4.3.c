#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

void grade_4_3(void)
{
	const u64 kept = SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_SUM | SSTATUS_MXR;
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 32; i++) {
		u64 status = grade_random() & kept, pc = grade_random() & ~1ul;
		u64 cause = grade_below(16), tval = grade_random(), a7 = grade_random();
		u64 mode = i % 2 ? SSTATUS_SPP : 0, others = grade_random() & kept & ~SSTATUS_SPP;

		csr_write(vsstatus, status);
		csr_write(vstvec, (grade_random() & ~3ul) | grade_below(2));
		csr_write(vsepc, 0);
		csr_write(vscause, 31);
		csr_write(vstval, 0);
		vcpu->arch.sepc = pc;
		vcpu->arch.sstatus = mode | others;
		vcpu->arch.gpr[REG_A7] = a7;
		inject_exception(vcpu, cause, tval);
		tell("cause %lu at pc %lx in %s, vsstatus %lx, vstvec %lx:", cause, pc,
		     mode ? "VS" : "VU", status, csr_read(vstvec));
		tell("  vsstatus %lx, vsepc %lx, vscause %lu, vstval %lx",
		     csr_read(vsstatus) & kept, csr_read(vsepc), csr_read(vscause),
		     csr_read(vstval));
		tell("  goes on at pc %lx, in %s, a7 %s, sstatus %lx was %lx", vcpu->arch.sepc,
		     vcpu->arch.sstatus & SSTATUS_SPP ? "VS" : "VU",
		     vcpu->arch.gpr[REG_A7] == a7 ? "kept" : "changed", vcpu->arch.sstatus,
		     mode | others);
	}
	vm_destroy(vm);
	grade_guest(1);
}
