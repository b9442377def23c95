#include <hv/grade.h>
#include <hv/vm.h>

static void grade_6_5_look(struct vcpu *vcpu, u32 i)
{
	struct vgic *vgic = (struct vgic *)vcpu->vm->irqchip;
	struct el1_regs *el1 = &vcpu->arch.el1;
	u32 irqs[] = { IRQ_CNTV, IRQ_CNTP };

	el1->cntv_ctl_el0 = i % 3 ? CNT_CTL_ENABLE : grade_below(8);
	el1->cntp_ctl_el0 = i % 5 ? CNT_CTL_ENABLE : grade_below(8);
	el1->cntv_cval_el0 = grade_random() >> 2;
	el1->cntp_cval_el0 = grade_random() >> 2;
	el1->cntvoff_el2 = i % 2 ? grade_random() >> 2 : 0;
	for (u32 n = 0; n < 2; n++) {
		struct virq *v = virq(vgic, vcpu->id, irqs[n]);

		v->enabled = grade_below(4);
		v->latched = grade_below(4) == 0;
		v->listed = grade_below(4) == 0;
		/* The same timer of another vCPU is another. */
		virq(vgic, !vcpu->id, irqs[n])->enabled = grade_below(2);
		virq(vgic, !vcpu->id, irqs[n])->latched = grade_below(2);
		tell("%s: at %lx, control %lx, enabled %d, given %d", n ? "CNTP" : "CNTV",
		     n ? el1->cntp_cval_el0 : el1->cntv_cval_el0,
		     n ? el1->cntp_ctl_el0 : el1->cntv_ctl_el0, v->enabled, virq_is_given(v));
	}
	tell("  CNTVOFF_EL2 %lx: the vCPU's next interrupt at %lx", el1->cntvoff_el2,
	     arch_vcpu_deadline(vcpu));
	for (u32 n = 0; n < 2; n++)
		tell("  deadline(%u, control %u, %lx): %lx", irqs[n], i % 8, el1->cntp_cval_el0,
		     deadline(vcpu, irqs[n], i % 8, el1->cntp_cval_el0));
}

static const char *grade_6_5_state(u64 control)
{
	return (control & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) == CNT_CTL_ENABLE ? "on" : "off";
}

/* A guest's timers that are due before; the one that is loaded may have ended. */
static void grade_6_5_wait(struct vcpu *vcpu, u32 i)
{
	u64 now = arch_time(), until = now + 20000 + grade_below(20000);

	this_pcpu()->slice_end = ~0ul;
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cntv_cval_el0, now + (i & 1 ? 2000 : 1ul << 60));
	sysreg_write(cntp_cval_el0, now + (i & 2 ? 2000 : 1ul << 60));
	sysreg_write(cntv_ctl_el0, CNT_CTL_ENABLE);
	sysreg_write(cntp_ctl_el0, CNT_CTL_ENABLE);
	isb();
	vcpu_load(vcpu);
	arch_wait_until(until);
	now = arch_time();
	tell("wait, CNTV due %s, CNTP %s: came back %s; then CNTV is %s, CNTP %s, our own timer %s",
	     i & 1 ? "sooner" : "later", i & 2 ? "sooner" : "later",
	     now < until ? "too early" : now - until > 200000 ? "late" : "in time",
	     grade_6_5_state(sysreg_read(cntv_ctl_el0)), grade_6_5_state(sysreg_read(cntp_ctl_el0)),
	     grade_6_5_state(sysreg_read(cnthp_ctl_el2)));
}

void grade_6_5(void)
{
	struct vm *vm = vm_create("probe");
	struct vcpu *vcpu = vm_init_vcpu(vm, 0, 0), *second = vm_init_vcpu(vm, 0, 0);

	if (!vm->irqchip)
		arch_irqchip_create(vm);
	for (u32 i = 0; i < 64; i++)
		grade_6_5_look(i & 4 ? second : vcpu, i);
	vcpu->arch.el1.cntv_ctl_el0 = vcpu->arch.el1.cntp_ctl_el0 = 0;
	vcpu_load(vcpu);
	for (u32 i = 0; i < 8; i++)
		grade_6_5_wait(vcpu, i);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	vm_destroy(vm);
	this_pcpu()->slice_end = 0;
	this_pcpu()->slice_over = false;
	this_pcpu()->timer_deadline = 0;
	grade_guest(3);
}
