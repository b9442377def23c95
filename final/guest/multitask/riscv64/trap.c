// SPDX-License-Identifier: MIT
/* Why the kernel was entered, and what a task's registers mean. */
#include "platform.h"

#define CAUSE_INTERRUPT	 (1ul << 63)
#define CAUSE_TIMER	 (CAUSE_INTERRUPT | 5)
#define CAUSE_EXTERNAL	 (CAUSE_INTERRUPT | 9)
#define CAUSE_USER_ECALL 8

static const char *cause_name(u64 cause)
{
	static const char *const names[] = {
		"fetch misaligned",
		"fetch access fault",
		"illegal instruction",
		"breakpoint",
		"load misaligned",
		"load access fault",
		"store misaligned",
		"store access fault",
		"ecall from user mode",
		"ecall from supervisor mode",
		"cause 10",
		"cause 11",
		"fetch page fault",
		"load page fault",
		"cause 14",
		"store page fault",
	};

	if (cause & CAUSE_INTERRUPT)
		return "unexpected interrupt";
	return cause < ARRAY_SIZE(names) ? names[cause] : "unknown exception";
}

static void external_interrupt(void)
{
	u32 irq;

	while ((irq = plic_claim())) {
		if (irq != UART_IRQ)
			panic("PLIC: interrupt %u, which was never enabled", irq);
		uart_interrupt();
		plic_complete(irq);
	}
}

static void unexpected(const struct trapframe *f, u64 cause)
{
	console_panic_mode();
	printk("  pc %016lx sstatus %016lx scause %016lx stval %016lx\n", f->pc, f->sstatus, cause,
	       csr_read(stval));
	printk("  ra %016lx sp %016lx a0 %016lx a1 %016lx a7 %016lx\n", f->ra, f->sp, f->a0, f->a1,
	       f->a7);
	panic("%s in the kernel", cause_name(cause));
}

/* Called by trap.S with interrupts off; the frame that it returns is loaded next. */
struct trapframe *trap_handler(struct trapframe *f)
{
	bool from_user = !(f->sstatus & SSTATUS_SPP);
	u64 cause = csr_read(scause);

	if (cause == CAUSE_TIMER) {
		task_tick(from_user);
	} else if (cause == CAUSE_EXTERNAL) {
		external_interrupt();
	} else if (!from_user || (cause & CAUSE_INTERRUPT)) {
		unexpected(f, cause);
	} else if (cause == CAUSE_USER_ECALL) {
		f->pc += 4; /* go on behind the ecall */
		syscall(f);
	} else {
		task_fault(cause_name(cause), csr_read(stval), f->pc);
	}
	return from_user ? task_schedule() : f;
}

void arch_trapframe_init(struct trapframe *regs, u64 entry, u64 stack, u64 arg)
{
	memset(regs, 0, sizeof(*regs));
	regs->pc = entry;
	regs->sp = stack;
	regs->a0 = arg;
	regs->sstatus = SSTATUS_SPIE; /* SPP = 0: to user mode, with interrupts on */
}

u64 arch_syscall_number(const struct trapframe *regs)
{
	return regs->a7;
}

u64 arch_syscall_arg(const struct trapframe *regs, int n)
{
	return (&regs->a0)[n];
}

void arch_syscall_result(struct trapframe *regs, long value)
{
	regs->a0 = value;
}
