#include <hv/grade.h>
#include <hv/vm.h>

void grade_2_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);
	const u64 *regs = (const u64 *)&vcpu->arch.state;

	for (u32 i = 0; i < 12; i++) {
		u64 entry = grade_random() & ~4095ul, arg = grade_random(), others = 0, sum = 0;

		/* Nothing of what was there may be left. */
		for (u32 n = 0; n < sizeof(vcpu->arch); n++)
			((u8 *)&vcpu->arch)[n] = grade_random();
		vcpu->id = grade_below(8);
		arch_vcpu_reset(vcpu, entry, arg);
		for (u32 n = 0; n < 16; n++)
			others |= n != RDI && n != RSI ? vcpu->arch.gpr[n] : 0;
		for (u32 n = 0; n < sizeof(vcpu->arch.control) && virt == &svm; n++)
			sum = (sum ^ vcpu->arch.control[n]) * 0x100000001b3 + n;
		tell("vCPU %u, entry %lx, argument %lx:", vcpu->id, entry, arg);
		tell("  rdi %lx, rsi %lx, others %lx, rip %lx, rflags %lx", vcpu->arch.gpr[RDI],
		     vcpu->arch.gpr[RSI], others, vcpu->arch.rip, vcpu->arch.rflags);
		tell("  revision %x, sum of the VMCB %lx", *(u32 *)vcpu->arch.control, sum);
		for (u32 n = 0; n < NR_GUEST_REGS; n++)
			tell("  %s %lx", guest_regs[n].name, regs[n]);
	}
	vcpu->id = 0;
	vm_destroy(vm);
}
