#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

void grade_4_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 30; i++) {
		struct vm_exit exit = { .reason = REASON_SYSREG, .code = CAUSE_VIRTUAL };
		enum exit_result result;
		u64 pc = grade_random() & ~1ul;

		exit.insn = i % 3 == 0 ? 0 : i % 3 == 1 ? INSN_WRS_NTO : grade_random() | 3;
		csr_write(vstvec, grade_random() & ~3ul);
		csr_write(vscause, 31);
		csr_write(vsepc, 0);
		csr_write(vstval, 0);
		vcpu->arch.sepc = pc;
		vcpu->arch.sstatus = i % 2 ? SSTATUS_SPP : 0;
		result = arch_sysreg(vcpu, &exit);
		tell("instruction %x at pc %lx: result %d, pc %lx, vscause %lu, vsepc %lx, vstval "
		     "%lx",
		     exit.insn, pc, result, vcpu->arch.sepc, csr_read(vscause), csr_read(vsepc),
		     csr_read(vstval));
	}
	vm_destroy(vm);
	grade_guest(1);
}
