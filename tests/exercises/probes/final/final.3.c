#include <hv/grade.h>
#if defined(__aarch64__)
#include <arch/vgic.h>
#endif

/*
 * Loads the vCPU with an interrupt pending in the CPU's registers or none, which memory does not
 * tell before they are put. (On x86_64 they are in memory at all times.)
 */
static void grade_final_3_load(struct vcpu *vcpu, bool pending)
{
	vcpu_put();
#if defined(__riscv)
	vcpu->arch.vs.vsie = BIT(IRQ_SSI);
	vcpu->arch.vs.hvip = pending ? BIT(IRQ_VSSI) : 0;
	vcpu_load(vcpu);
	vcpu->arch.vs.hvip = 0;
#elif defined(__aarch64__)
	struct virq *v = virq((struct vgic *)vcpu->vm->irqchip, vcpu->id, IRQ_CNTV);

	*v = (struct virq){ .enabled = true, .hw = true };
	vcpu->arch.el1.cntv_cval_el0 = 0;
	vcpu->arch.el1.cntvoff_el2 = 0;
	vcpu->arch.el1.cntv_ctl_el0 = pending ? 1 : 0;
	vcpu_load(vcpu);
	vcpu->arch.el1.cntv_ctl_el0 = 0;
#else
	(void)pending;
	vcpu_load(vcpu);
#endif
}

void grade_final_3(void)
{
	struct vm *vm = vm_create("probe"), *other = vm_create("other");
	struct vcpu *one = vm_init_vcpu(vm, 0, 0), *two = vm_init_vcpu(other, 0, 0);

	if (!vm->irqchip)
		arch_irqchip_create(vm);
	if (!other->irqchip)
		arch_irqchip_create(other);
	for (u32 i = 0; i < 48; i++) {
		u32 kind = i < 16 ? i : grade_below(16);
		bool runs;

		grade_final_3_load(one, kind & 8);
		if (!(kind & 1))
			vcpu_load(two);
		one->waiting = kind & 2;
		two->waiting = kind & 4;
		runs = runnable(one);
		tell("%s is loaded, the first %s, interrupt %s: runnable %s, it %s, %s is loaded",
		     kind & 1 ? "the first" : "the other", kind & 2 ? "waits" : "does not wait",
		     kind & 8 ? "pending" : "not pending",
		     runs ? "yes" : "no", one->waiting ? "waits" : "does not wait",
		     this_pcpu()->loaded == one ? "the first" :
		     this_pcpu()->loaded == two ? "the other" : "none");
	}
	grade_final_3_load(one, false);
	one->waiting = two->waiting = false;
	vm_destroy(vm);
	vm_destroy(other);
	grade_guest(1);
}
