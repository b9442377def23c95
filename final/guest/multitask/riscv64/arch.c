// SPDX-License-Identifier: MIT
/* Set-up, address spaces, waiting, the timer and the end, on riscv64. */
#include "platform.h"

#define SATP_SV39 (8ul << 60)

extern char kernel_start[], rodata_start[], data_start[], kernel_end[]; /* guest.ld */

void arch_init(unsigned long hart)
{
	if (hart)
		panic("started on hart %lu; this kernel knows the PLIC's context of hart 0 only",
		      hart);
	sbi_init();
	uart_init();
	csr_write(stvec, trap_entry);
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
	r[4] = (struct arch_region){ PLIC_BASE, PLIC_SIZE, PROT_READ | PROT_WRITE | PROT_DEVICE };
	*count = ARRAY_SIZE(r);
	return r;
}

/* All spaces use ASID 0, so what the TLB holds of the last one must go. */
void arch_use_space(const pte_t *root)
{
	csr_write(satp, SATP_SV39 | (u64)root >> 12);
	__asm__ volatile("sfence.vma" ::: "memory");
}

void arch_irq_init(void)
{
	plic_enable(UART_IRQ);
	csr_set(sie, SIE_STIE | SIE_SEIE);
}

u64 arch_time_us(void)
{
	return csr_read(time) / (TIMEBASE_HZ / 1000000);
}

void arch_timer_arm(void)
{
	sbi_set_timer(csr_read(time) + TIMEBASE_HZ / 1000000 * TICK_US);
}

void arch_take_interrupts(void)
{
	csr_set(sstatus, SSTATUS_SIE);
	csr_clear(sstatus, SSTATUS_SIE);
}

/*
 * WFI goes on when an enabled interrupt is pending even while SIE is 0, so none that comes
 * between the scheduler's last look and the wait can be slept over.
 */
void arch_wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
	arch_take_interrupts();
}
