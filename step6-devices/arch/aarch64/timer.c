// SPDX-License-Identifier: MIT
/*
 * Three timers (Arm ARM, "The Generic Timer in AArch64 state"): the guest's two, CNTV and CNTP,
 * which it sets without us and whose interrupts we hand on (irqchip.c), and CNTHP, which is our
 * own.
 */
#include <arch/sysreg.h>
#include <arch/vgic.h>
#include <hv/arch.h>
#include <hv/pcpu.h>

/*
 * The first event counter (Arm ARM, "The Performance Monitors Extension"), set to retired
 * instructions at all levels. It has 32 bits: enough for what is measured here. A CPU that can't
 * count them, as QEMU without -icount, keeps 0.
 */
u64 arch_instructions(void)
{
	sysreg_write(PMEVTYPER0_EL0, PMEVTYPER_INST_RETIRED | PMEVTYPER_NSH);
	sysreg_write(PMCNTENSET_EL0, BIT(0));
	sysreg_write(PMCR_EL0, sysreg_read(PMCR_EL0) | PMCR_E);
	isb();
	return sysreg_read(PMEVCNTR0_EL0);
}

u64 arch_time(void)
{
	isb(); /* else it may be read ahead of what comes before ("CNTPCT_EL0") */
	return sysreg_read(cntpct_el0);
}

u64 arch_time_frequency(void)
{
	return sysreg_read(cntfrq_el0);
}

/* The hypervisor's own interrupt at this time; ~0 means never. Clears one that is pending. */
static void set_host_timer(u64 deadline)
{
	sysreg_write(cnthp_cval_el2, deadline);
	sysreg_write(cnthp_ctl_el2, deadline == ~0ul ? 0 : CNT_CTL_ENABLE);
	isb();
	this_pcpu()->timer_deadline = deadline;
}

void arch_timer_program(struct vcpu *vcpu)
{
	(void)vcpu;
	if (this_pcpu()->slice_end != this_pcpu()->timer_deadline)
		set_host_timer(this_pcpu()->slice_end);
}

void arch_timer_fired(struct vcpu *vcpu)
{
	u64 now = arch_time();

	if (now >= this_pcpu()->slice_end) {
		this_pcpu()->slice_over = true;
		this_pcpu()->slice_end = ~0ul;
	}
	set_host_timer(~0ul);
	arch_timer_program(vcpu);
}

/* When a timer of a vCPU that is not loaded interrupts; ~0: it does not, or has done so already. */
static u64 deadline(const struct vcpu *vcpu, u32 irq, u64 ctl, u64 time)
{
	const struct virq *v = virq((struct vgic *)vcpu->vm->irqchip, vcpu->id, irq);
	bool on = (ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) == CNT_CTL_ENABLE;

	return on && v->enabled && !virq_is_given(v) ? time : ~0ul;
}

u64 arch_vcpu_deadline(const struct vcpu *vcpu)
{
	const struct el1_regs *el1 = &vcpu->arch.el1;
	u64 virtual = deadline(vcpu, IRQ_CNTV, el1->cntv_ctl_el0,
			       el1->cntv_cval_el0 + el1->cntvoff_el2);
	u64 physical = deadline(vcpu, IRQ_CNTP, el1->cntp_ctl_el0, el1->cntp_cval_el0);

	return virtual < physical ? virtual : physical;
}

void arch_wait_until(u64 deadline)
{
	set_host_timer(deadline);
	/*
	 * No guest's timer is to wake us: all who wait have been put, and what is still loaded may
	 * be of a VM that has ended.
	 */
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	isb();
	/*
	 * wfi ends when an interrupt is pending, though PSTATE.I keeps it from being taken (Arm
	 * ARM, "Wait for Interrupt"); so none is lost between here and there.
	 */
	__asm__ volatile("wfi" ::: "memory");
	arch_irq_handle();
}
