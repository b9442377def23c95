// SPDX-License-Identifier: MIT
/* Set-up, address spaces, waiting and the timer, on aarch64. */
#include "platform.h"

#define CTL_ENABLE 1

#define MAIR ((0xfful << 8 * ATTR_NORMAL) | (0x04ul << 8 * ATTR_DEVICE)) /* write-back; nGnRE */

/* 39-bit addresses, tables in write-back memory, nothing by TTBR1, 40-bit output addresses. */
#define TCR (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 32)

#define SCTLR_M (1ul << 0)
#define SCTLR_C (1ul << 2)
#define SCTLR_I (1ul << 12)

extern char kernel_start[], rodata_start[], data_start[], kernel_end[]; /* guest.ld */

void arch_init(unsigned long boot_arg)
{
	u64 cpu = sysreg_read(mpidr_el1) & 0xffffff;

	(void)boot_arg;
	if (cpu)
		panic("started on CPU %lu; this kernel knows the GIC's interface of CPU 0 only",
		      cpu);
	uart_init();
	sysreg_write(vbar_el1, trap_vectors);
	sysreg_write(mair_el1, MAIR);
	sysreg_write(tcr_el1, TCR);
	isb();
}

/* Code that can't be written and data that can't be executed: a stray pointer shows at once. */
const struct arch_region *arch_regions(int *count)
{
	static struct arch_region r[5];

	r[0] = (struct arch_region){ (u64)kernel_start, rodata_start - kernel_start,
				     PROT_READ | PROT_EXEC };
	r[1] = (struct arch_region){ (u64)rodata_start, data_start - rodata_start, PROT_READ };
	r[2] = (struct arch_region){ (u64)data_start, kernel_end - data_start,
				     PROT_READ | PROT_WRITE };
	r[3] = (struct arch_region){ UART_BASE, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_DEVICE };
	r[4] = (struct arch_region){ GICD_BASE, GIC_SIZE, PROT_READ | PROT_WRITE | PROT_DEVICE };
	*count = ARRAY_SIZE(r);
	return r;
}

/* All spaces use ASID 0, so what the TLB holds of the last one must go. */
void arch_use_space(const pte_t *root)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_write(ttbr0_el1, root);
	isb();
	__asm__ volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
	if (sysreg_read(sctlr_el1) & SCTLR_M)
		return;
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I);
	isb();
}

void arch_irq_init(void)
{
	gic_init();
	gic_enable(UART_IRQ);
	gic_enable(TIMER_IRQ);
}

u64 arch_time_us(void)
{
	u64 hz = sysreg_read(cntfrq_el0), now = sysreg_read(cntvct_el0);

	return now / hz * 1000000 + now % hz * 1000000 / hz;
}

void arch_timer_arm(void)
{
	sysreg_write(cntv_tval_el0, sysreg_read(cntfrq_el0) * TICK_US / 1000000);
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	isb();
}

void arch_take_interrupts(void)
{
	__asm__ volatile("msr daifclr, #2; isb; msr daifset, #2" ::: "memory");
}

/*
 * WFI goes on when an enabled interrupt is pending even while PSTATE.I is 1, so none that comes
 * between the scheduler's last look and the wait can be slept over.
 */
void arch_wait_for_interrupt(void)
{
	__asm__ volatile("dsb sy; wfi" ::: "memory");
	arch_take_interrupts();
}
