#include <hv/grade.h>
#include <hv/pcpu.h>

void grade_6_2(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 16 * MiB, 0);

	vcpu_load(vcpu);
	state_set(vcpu, cs_access, ACCESS_CODE64);
	for (u32 i = 0; i < 160; i++) {
		struct mmio mmio = { .write = i % 5 == 0, .width = 1u << grade_below(4),
				     .reg = grade_below(16), .insn_length = 1 + grade_below(15) };
		u64 rip = grade_random(), before[16], changed = 0, reg;

		mmio.reg_width = mmio.width;
		if (i % 3 && mmio.width < 8) {
			mmio.sign_extend = grade_below(2);
			mmio.reg_width = mmio.width << grade_below(4);
			mmio.reg_width = mmio.reg_width > 8 ? 8 : mmio.reg_width;
		} else if (mmio.width == 1 && i % 2) {
			mmio.reg = HIGH_BYTE | grade_below(4);
		}
		mmio.value = low_bytes(grade_random(), mmio.width);
		for (u32 n = 0; n < 16; n++)
			before[n] = vcpu->arch.gpr[n] = grade_random();
		vcpu->arch.rip = rip;
		reg = before[mmio.reg % 16];
		arch_mmio_complete(vcpu, &mmio);
		for (u32 n = 0; n < 16; n++)
			changed |= vcpu->arch.gpr[n] != before[n] && n != mmio.reg % 16 ? BIT(n) : 0;
		tell("%s of %u bytes%s, value %lx, to %u bytes of register %u (%lx), %u bytes long:",
		     mmio.write ? "store" : "load", mmio.width, mmio.sign_extend ? ", signed" : "",
		     mmio.value, mmio.reg_width, mmio.reg, reg, mmio.insn_length);
		tell("  it is %lx, others changed %lx, rip + %ld", vcpu->arch.gpr[mmio.reg % 16],
		     changed, (long)(vcpu->arch.rip - rip));
	}
	vm_destroy(vm);
	grade_guest(1);
}
