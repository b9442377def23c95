#include <hv/grade.h>
#include <hv/vm.h>

void grade_6_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	for (u32 i = 0; i < 120; i++) {
		u64 pc = grade_random() & ~1ul, before[32], changed = 0;
		struct mmio mmio = { .write = i % 3 == 0, .sign_extend = grade_below(2),
				     .width = 1u << grade_below(4), .reg = grade_below(32),
				     .insn_length = 2 + 2 * grade_below(2) };

		if (i % 7 == 0)
			mmio.reg = 0;
		if (mmio.width == 8)
			mmio.sign_extend = false;
		mmio.value = grade_random();
		if (mmio.width < 8)
			mmio.value &= BIT(8 * mmio.width) - 1;
		for (u32 n = 1; n < 32; n++)
			vcpu->arch.gpr[n] = grade_random();
		for (u32 n = 0; n < 32; n++)
			before[n] = vcpu->arch.gpr[n];
		vcpu->arch.sepc = pc;
		arch_mmio_complete(vcpu, &mmio);
		for (u32 n = 0; n < 32; n++)
			changed |= vcpu->arch.gpr[n] != before[n] && (mmio.write || n != mmio.reg) ?
					   BIT(n) : 0;
		tell("%s of %u bytes%s, value %lx, %u bytes long at pc %lx:",
		     mmio.write ? "store" : "load", mmio.width, mmio.sign_extend ? ", signed" : "",
		     mmio.value, mmio.insn_length, pc);
		tell("  x%u is %lx, others changed %lx, pc %lx", mmio.reg,
		     mmio.write ? 0 : vcpu->arch.gpr[mmio.reg], changed, vcpu->arch.sepc);
	}
	vm_destroy(vm);
	grade_guest(1);
}
