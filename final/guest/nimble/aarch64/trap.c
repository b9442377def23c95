// SPDX-License-Identifier: MIT
/* Why the kernel was entered, and what a process' registers mean. */
#include "platform.h"
#include "../user.h"

/* The last two bits of a vector's number (DDI 0487, "Exception vectors"). */
enum { VECTOR_SYNC, VECTOR_IRQ, VECTOR_FIQ, VECTOR_SERROR };

/* ESR_EL1.EC (DDI 0487, "ESR_EL1") */
#define EC(esr)		  ((esr) >> 26)
#define EC_UNKNOWN	  0x00
#define EC_ILLEGAL_STATE  0x0e
#define EC_SVC		  0x15
#define EC_SYSREG	  0x18
#define EC_FETCH_USER	  0x20
#define EC_FETCH	  0x21
#define EC_FETCH_ALIGN	  0x22
#define EC_DATA_USER	  0x24
#define EC_DATA		  0x25
#define EC_STACK_ALIGN	  0x26
#define ESR_WRITE	  (1 << 6)
#define FAULT_STATUS(esr) ((esr) & 0x3f)
#define STATUS_EXTERNAL	  0x10
#define STATUS_ALIGNMENT  0x21

#define SPURIOUS 1020 /* and all above it */

static const char *abort_name(u64 esr, const char *misaligned, const char *access, const char *page)
{
	switch (FAULT_STATUS(esr)) {
	case STATUS_ALIGNMENT:
		return misaligned;
	case STATUS_EXTERNAL:
		return access;
	default:
		return page;
	}
}

static const char *cause_name(u64 vector, u64 esr)
{
	if (vector % 4 != VECTOR_SYNC)
		return vector % 4 == VECTOR_SERROR ? "SError" : "unexpected interrupt";

	switch (EC(esr)) {
	case EC_UNKNOWN:
	case EC_ILLEGAL_STATE:
	case EC_SYSREG:
		return "illegal instruction";
	case EC_SVC:
		return "svc";
	case EC_FETCH_ALIGN:
		return "fetch misaligned";
	case EC_STACK_ALIGN:
		return "stack misaligned";
	case EC_FETCH:
	case EC_FETCH_USER:
		return abort_name(esr, "fetch misaligned", "fetch access fault",
				  "fetch page fault");
	case EC_DATA:
	case EC_DATA_USER:
		if (esr & ESR_WRITE)
			return abort_name(esr, "store misaligned", "store access fault",
					  "store page fault");
		return abort_name(esr, "load misaligned", "load access fault", "load page fault");
	default:
		return "unknown exception";
	}
}

/* FAR_EL1 holds one only after aborts and misaligned fetches (DDI 0487, "FAR_EL1"). */
static u64 fault_address(const struct trapframe *f, u64 esr)
{
	return EC(esr) >= EC_FETCH_USER && EC(esr) <= EC_DATA ? sysreg_read(far_el1) : f->pc;
}

/* One-shot: each tick asks for the next, which also takes back the one that is pending. */
static void tick(void)
{
	sysreg_write(cntp_tval_el0, sysreg_read(cntfrq_el0) / TICK_HZ);
	sysreg_write(cntp_ctl_el0, 1);
}

/* True if it was the tick. */
static bool interrupt(void)
{
	u32 iar = gic_acknowledge(), irq = iar & 0x3ff;

	if (irq >= SPURIOUS)
		return false;
	if (irq != TIMER_IRQ)
		panic("GIC: interrupt %u, which was never enabled", irq);
	tick();
	gic_complete(iar);
	return true;
}

static void unexpected(const struct trapframe *f, u64 vector, u64 esr)
{
	arch_panic_mode();
	printk("\n  pc %lx spsr %lx esr %lx far %lx\n", f->pc, f->spsr, esr, sysreg_read(far_el1));
	printk("  x30 %lx sp %lx x0 %lx x1 %lx x8 %lx\n", f->x[30], (u64)(f + 1), f->x[0], f->x[1],
	       f->x[8]);
	panic("%s in the kernel", cause_name(vector, esr));
}

void trap_handler(struct trapframe *f, u64 vector)
{
	bool from_user = !(f->spsr & SPSR_EL1);
	struct proc *p = proc_current();
	u64 esr = sysreg_read(esr_el1);

	if (vector % 4 == VECTOR_IRQ) {
		if (!interrupt() || !from_user)
			return;
		p->ticks++;
		proc_yield();
	} else if (!from_user || vector % 4 != VECTOR_SYNC) {
		unexpected(f, vector, esr);
	} else if (EC(esr) == EC_SVC) {
		syscall(f); /* pc is behind the svc already */
	} else {
		printk("process %d (%s) killed: %s at 0x%lx, pc 0x%lx\n", p->pid, p->name,
		       cause_name(vector, esr), fault_address(f, esr), f->pc);
		proc_exit(KILLED);
	}
	if (p->killed)
		proc_exit(KILLED);
}

const struct arch_region arch_devices[] = {
	{ GICD_BASE, GICC_BASE + 0x2000 - GICD_BASE },
	{ UART_BASE, PAGE_SIZE },
	{ 0 },
};

void arch_init(void)
{
	sysreg_write(vbar_el1, trap_vectors);
	gic_init();
	tick();
}

/* All spaces use ASID 0, so what the TLB holds of the last one must go. */
void arch_use_space(const pte_t *root)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_write(ttbr0_el1, root);
	__asm__ volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
}

u64 arch_time_us(void)
{
	u64 hz = sysreg_read(cntfrq_el0), now = sysreg_read(cntpct_el0);

	return now / hz * 1000000 + now % hz * 1000000 / hz;
}

void arch_take_interrupts(void)
{
	__asm__ volatile("msr daifclr, #2; isb; msr daifset, #2" ::: "memory");
}

void arch_user_start(struct trapframe *regs, u64 pc, u64 sp, u64 arg0, u64 arg1)
{
	memset(regs, 0, sizeof(*regs)); /* spsr = 0: to user mode, with interrupts on */
	regs->pc = pc;
	regs->sp = sp;
	regs->x[0] = arg0;
	regs->x[1] = arg1;
}

u64 arch_fresh_stack(struct trapframe *regs)
{
	u64 *sp = (u64 *)((u64)regs - SWITCH_SIZE);

	memset(sp, 0, SWITCH_SIZE);
	sp[SWITCH_SIZE / 8 - 1] = (u64)trap_return; /* where arch_switch loads x30 from */
	return (u64)sp;
}

u64 arch_syscall_number(const struct trapframe *regs)
{
	return regs->x[8];
}

u64 arch_syscall_arg(const struct trapframe *regs, int n)
{
	return regs->x[n];
}

void arch_syscall_result(struct trapframe *regs, long value)
{
	regs->x[0] = value;
}
