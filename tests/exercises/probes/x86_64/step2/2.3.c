#include <arch/vmcs.h>
#include <hv/grade.h>
#include <hv/vm.h>

/* A register in the VMCS or VMCB, past the code under test. */
static u64 grade_2_3_read(const struct vcpu *vcpu, u32 n)
{
	u64 value = virt == &vmx ? vmcs_read(guest_regs[n].vmcs) :
				   *(const u64 *)(vcpu->arch.control + guest_regs[n].vmcb);

	return virt == &vmx ? value & kept(n) : guest_regs[n].bits == 64 ? value :
	       guest_regs[n].bits == 32 ? (u32)value : value & (guest_regs[n].bits == 12 ? 0xfff : 0xffff);
}

/* Also 0, which must take the place of what was there. */
static u64 grade_2_3_value(u32 n)
{
	return grade_below(4) ? grade_random() & kept(n) : 0;
}

void grade_2_3(void)
{
	struct vm *vm = vm_create("probe"), *other = vm_create("other");
	struct vcpu *vcpus[] = { vm_init_vcpu(vm, 0, 0), vm_init_vcpu(other, 0, 0) };

	for (u32 i = 0; i < 8; i++) {
		struct vcpu *vcpu = vcpus[grade_below(2)];
		u64 *regs = (u64 *)&vcpu->arch.state;

		for (u32 n = 0; n < NR_GUEST_REGS; n++)
			regs[n] = grade_2_3_value(n);
		arch_vcpu_load(vcpu);
		for (u32 n = 0; n < NR_GUEST_REGS; n++)
			tell("loaded: %s %lx", guest_regs[n].name, grade_2_3_read(vcpu, n));
		for (u32 n = 0; n < NR_GUEST_REGS; n++)
			virt->state_write(vcpu, &guest_regs[n], grade_2_3_value(n));
		/* What it was before is not what it is now. */
		for (u32 n = 0; n < NR_GUEST_REGS; n++)
			regs[n] = grade_random();
		arch_vcpu_put(vcpu);
		for (u32 n = 0; n < NR_GUEST_REGS; n++)
			tell("put: %s %lx", guest_regs[n].name, regs[n] & kept(n));
		if (virt == &vmx) {
			u64 current;

			__asm__ volatile("vmptrst %0" : "=m"(current));
			tell("  the VMCS is %s", current == ~0ul ? "on no CPU" : "still loaded");
		}
	}
	vm_destroy(vm);
	vm_destroy(other);
}
