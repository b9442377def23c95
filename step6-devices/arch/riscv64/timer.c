// SPDX-License-Identifier: MIT
/*
 * Two timers: the guest's and our own. With Sstc (RISC-V Sstc 1.0) each has a comparator, vstimecmp
 * and stimecmp, and the guest's interrupt comes to it without us. Without, our own timer, which the
 * firmware sets, serves both, and we inject.
 */
#include <arch/board.h>
#include <arch/cpu.h>
#include <arch/csr.h>
#include <arch/sbi.h>
#include <hv/arch.h>
#include <hv/pcpu.h>
#include <hv/vcpu.h>

u64 arch_instructions(void)
{
	return csr_read(instret);
}

u64 arch_time(void)
{
	return csr_read(time);
}

u64 arch_time_frequency(void)
{
	return BOARD_TIME_FREQUENCY;
}

/* The hypervisor's own interrupt at this time; ~0 means never. Clears one that is pending. */
static void set_host_timer(u64 deadline)
{
	if (cpu_features.sstc)
		csr_write(stimecmp, deadline);
	else
		sbi_firmware_call(SBI_EXT_TIME, 0, deadline);
	csr_set(sie, BIT(IRQ_STI));
}

void arch_timer_program(struct vcpu *vcpu)
{
	u64 deadline = this_pcpu()->slice_end;

	if (!cpu_features.sstc && vcpu->arch.deadline < deadline)
		deadline = vcpu->arch.deadline;
	if (deadline != this_pcpu()->timer_deadline)
		set_host_timer(deadline);
	this_pcpu()->timer_deadline = deadline;
}

void arch_timer_fired(struct vcpu *vcpu)
{
	u64 now = arch_time();

	if (now >= this_pcpu()->slice_end) {
		this_pcpu()->slice_over = true;
		this_pcpu()->slice_end = ~0ul;
	}
	vcpu_check_deadline(vcpu);
	arch_timer_program(vcpu);
}

/* Without Sstc: what the comparator would do. The vCPU must be loaded. */
void vcpu_check_deadline(struct vcpu *vcpu)
{
	if (arch_time() < vcpu->arch.deadline)
		return;
	vcpu->arch.deadline = ~0ul;
	csr_set(hvip, BIT(IRQ_VSTI));
}

void vcpu_set_timer(struct vcpu *vcpu, u64 deadline)
{
	if (cpu_features.sstc) {
		csr_write(vstimecmp, deadline);
		return;
	}
	csr_clear(hvip, BIT(IRQ_VSTI));
	vcpu->arch.deadline = deadline;
	vcpu_check_deadline(vcpu);
	arch_timer_program(vcpu);
}

u64 arch_vcpu_deadline(const struct vcpu *vcpu)
{
	if (!(vcpu->arch.vs.vsie & BIT(IRQ_STI)))
		return ~0ul;
	return cpu_features.sstc ? vcpu->arch.vs.vstimecmp : vcpu->arch.deadline;
}

bool arch_vcpu_irq_pending(const struct vcpu *vcpu)
{
	/*
	 * A guest's pending bits are hvip's, one place lower (priv 18.2.3); its timer's may be
	 * newer.
	 */
	u64 pending = vcpu->arch.vs.hvip >> 1;

	if (arch_time() >= arch_vcpu_deadline(vcpu))
		pending |= BIT(IRQ_STI);
	return pending & vcpu->arch.vs.vsie;
}

void arch_wait_until(u64 deadline)
{
	set_host_timer(deadline);
	this_pcpu()->timer_deadline = deadline;
	/*
	 * No guest's interrupt is to wake us: all who wait have been put, and the timer that is
	 * still loaded may be that of a VM that has ended.
	 */
	csr_write(vsie, 0);
	/*
	 * wfi ends when an interrupt is pending that sie enables, though sstatus.SIE = 0 keeps it
	 * from being taken (priv 3.3.3); so none is lost between here and there.
	 */
	__asm__ volatile("wfi" ::: "memory");
	if (csr_read(sip) & BIT(IRQ_SEI))
		arch_irq_handle();
	if (csr_read(sip) & BIT(IRQ_STI)) {
		set_host_timer(~0ul);
		this_pcpu()->timer_deadline = ~0ul;
	}
}
