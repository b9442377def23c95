#include <hv/grade.h>
#include <hv/pcpu.h>

void grade_6_2(void)
{
	/* Who has which stack pointer. */
	static const u8 modes[] = { SPSR_EL1H, SPSR_EL1T, 0 };
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0);

	vcpu_load(vcpu);
	for (u32 i = 0; i < 160; i++) {
		u64 pc = grade_random() & ~1ul, before[31], changed = 0, stacks[2];
		struct mmio mmio = { .write = i % 4 == 0, .width = 1u << grade_below(4),
				     .reg = grade_below(32), .base = grade_below(32),
				     .insn_length = 2 + 2 * grade_below(2) };

		mmio.reg_width = mmio.width == 8 || grade_below(2) ? 8 : 4;
		mmio.sign_extend = mmio.width < mmio.reg_width && grade_below(2);
		mmio.base_step = i % 2 ? (s64)grade_below(512) - 256 : 0;
		if (i % 8 == 3)
			mmio.base = 31;
		if (i % 8 == 5)
			mmio.reg = 31;
		if (mmio.reg == mmio.base)
			mmio.reg ^= 1;
		mmio.value = grade_random();
		if (mmio.width < 8)
			mmio.value &= BIT(8 * mmio.width) - 1;
		for (u32 n = 0; n < 31; n++)
			vcpu->arch.gpr[n] = before[n] = grade_random();
		sysreg_write(sp_el0, stacks[0] = grade_random());
		sysreg_write(sp_el1, stacks[1] = grade_random());
		vcpu->arch.spsr = modes[grade_below(3)] | SPSR_DAIF;
		vcpu->arch.elr = pc;
		arch_mmio_complete(vcpu, &mmio);
		for (u32 n = 0; n < 31; n++)
			changed |= vcpu->arch.gpr[n] != before[n] && (mmio.write || n != mmio.reg) ?
					   BIT(n) : 0;
		tell("%s of %u bytes%s into %u, register %u, value %lx, base %u moves by %ld, "
		     "%u bytes long at pc %lx, SPSR %lx:",
		     mmio.write ? "store" : "load", mmio.width, mmio.sign_extend ? ", signed" : "",
		     mmio.reg_width, mmio.reg, mmio.value, mmio.base, (long)mmio.base_step,
		     mmio.insn_length, pc, vcpu->arch.spsr);
		tell("  it is %lx, others changed %lx, pc %lx",
		     mmio.write ? 0 : vcpu_get_gpr(vcpu, mmio.reg), changed, vcpu->arch.elr);
		tell("  base moved by %ld, SP_EL0 by %ld, SP_EL1 by %ld",
		     mmio.base < 31 ? (long)(vcpu->arch.gpr[mmio.base] - before[mmio.base]) : 0,
		     (long)(sysreg_read(sp_el0) - stacks[0]),
		     (long)(sysreg_read(sp_el1) - stacks[1]));
	}
	vm_destroy(vm);
	grade_guest(1);
}
