// SPDX-License-Identifier: MIT
/* Why the kernel was entered, and what a task's registers mean. */
#include "platform.h"

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

static void external_interrupt(bool from_user)
{
	u32 iar, irq;

	while ((irq = (iar = gic_acknowledge()) & 0x3ff) < SPURIOUS) {
		if (irq == TIMER_IRQ)
			task_tick(from_user);
		else if (irq == UART_IRQ)
			uart_interrupt();
		else if (irq < NR_SGIS)
			gic_software_interrupt(irq);
		else
			panic("GIC: interrupt %u, which was never enabled", irq);
		gic_complete(iar);
	}
}

static void unexpected(const struct trapframe *f, u64 vector, u64 esr)
{
	console_panic_mode();
	printk("  pc %016lx spsr %016lx esr %016lx far %016lx\n", f->pc, f->spsr, esr,
	       sysreg_read(far_el1));
	printk("  x30 %016lx sp %016lx x0 %016lx x1 %016lx x8 %016lx\n", f->x[30], (u64)(f + 1),
	       f->x[0], f->x[1], f->x[8]);
	panic("%s in the kernel", cause_name(vector, esr));
}

/* Called by trap.S with interrupts off; the frame that it returns is loaded next. */
struct trapframe *trap_handler(struct trapframe *f, u64 vector)
{
	bool from_user = !(f->spsr & SPSR_EL1);
	u64 esr = sysreg_read(esr_el1);

	if (vector % 4 == VECTOR_IRQ) {
		external_interrupt(from_user);
	} else if (!from_user || vector % 4 != VECTOR_SYNC) {
		unexpected(f, vector, esr);
	} else if (EC(esr) == EC_SVC) {
		syscall(f); /* pc is behind the svc already */
	} else {
		task_fault(cause_name(vector, esr), fault_address(f, esr), f->pc);
	}
	return from_user ? task_schedule() : f;
}

void arch_trapframe_init(struct trapframe *regs, u64 entry, u64 stack, u64 arg)
{
	memset(regs, 0, sizeof(*regs)); /* spsr = 0: to user mode, with interrupts on */
	regs->pc = entry;
	regs->sp = stack;
	regs->x[0] = arg;
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
