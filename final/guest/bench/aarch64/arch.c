// SPDX-License-Identifier: MIT
#include <machine.h>
#include "../bench.h"

#define REG(address) (*(volatile u32 *)(address))
#define UARTFR	     REG(UART + 0x18)
#define GICC_IAR     REG(GICC + 0xc)
#define GICC_EOIR    REG(GICC + 0x10)

#define TIMER_IRQ 27 /* the virtual timer's */

#define sysreg_read(reg)                                      \
	({                                                    \
		u64 v_;                                       \
		__asm__ volatile("mrs %0, " #reg : "=r"(v_)); \
		v_;                                           \
	})
#define sysreg_write(reg, v) __asm__ volatile("msr " #reg ", %0; isb" ::"r"((u64)(v)) : "memory")

u8 *const bench_fresh = (u8 *)0x50c00000;

u64 timer_wait(void); /* timer.S */

/* With -icount shift=0 an instruction takes a nanosecond. A guest has no counter of its own. */
static u64 instructions(u64 ticks)
{
	return ticks * (1000000000 / sysreg_read(cntfrq_el0));
}

u64 bench_now(void)
{
	return instructions(sysreg_read(cntvct_el0));
}

void bench_mmio_read(void)
{
	(void)UARTFR;
}

static void let_the_timer_in(void)
{
	REG(GICD) = 1;
	REG(GICD + 0x100) = 1u << TIMER_IRQ; /* GICD_ISENABLER0 */
	REG(GICC + 4) = 0xff;		     /* GICC_PMR */
	REG(GICC) = 1;
}

u64 bench_timer_irq(void)
{
	u64 due, came;

	let_the_timer_in();
	/* Far enough that the guest waits when it comes. */
	due = sysreg_read(cntvct_el0) + 1000;
	sysreg_write(cntv_cval_el0, due);
	sysreg_write(cntv_ctl_el0, 1);
	came = timer_wait();
	check(came != ~0ul);
	check(GICC_IAR == TIMER_IRQ);
	sysreg_write(cntv_ctl_el0, 0);
	GICC_EOIR = TIMER_IRQ;
	return instructions(came - due);
}
