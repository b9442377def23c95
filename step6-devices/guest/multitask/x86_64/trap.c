// SPDX-License-Identifier: MIT
/* Why the kernel was entered, and what a task's registers mean. */
#include "platform.h"

#define VECTOR_PAGE_FAULT 14
#define NR_EXCEPTIONS	  32

/* A page fault's error code (SDM 4.7) */
#define ERROR_WRITE (1 << 1)
#define ERROR_FETCH (1 << 4)

#define RFLAGS_IF 0x200

static const char *cause_name(const struct trapframe *f)
{
	static const char *const names[] = {
		"divide error",
		"debug exception",
		"NMI",
		"breakpoint",
		"overflow",
		"bound range exceeded",
		"illegal instruction",
		"no FPU",
		"double fault",
		"exception 9",
		"invalid TSS",
		"segment not present",
		"stack fault",
		"general protection fault",
	};

	if (f->vector == VECTOR_PAGE_FAULT)
		return f->error & ERROR_FETCH	? "fetch page fault"
		       : f->error & ERROR_WRITE ? "store page fault"
						: "load page fault";
	if (f->vector >= NR_EXCEPTIONS)
		return "unexpected interrupt";
	return f->vector < ARRAY_SIZE(names) ? names[f->vector] : "unknown exception";
}

static u64 fault_address(const struct trapframe *f)
{
	u64 cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	return f->vector == VECTOR_PAGE_FAULT ? cr2 : f->rip;
}

static void unexpected(const struct trapframe *f)
{
	console_panic_mode();
	printk("  rip %016lx rflags %08lx vector %lu error %lx cr2 %016lx\n", f->rip, f->rflags,
	       f->vector, f->error, fault_address(f));
	printk("  rsp %016lx rax %016lx rdi %016lx rsi %016lx\n", f->rsp, f->rax, f->rdi, f->rsi);
	panic("%s in the kernel", cause_name(f));
}

/* True if it was one of those that this kernel has asked for. */
static bool interrupt(u64 vector, bool from_user)
{
	switch (vector) {
	case VECTOR_TIMER:
		lapic_complete();
		uart_interrupt();
		task_tick(from_user);
		return true;
	case VECTOR_UART:
		lapic_complete();
		uart_interrupt();
		return true;
	case VECTOR_TRY:
		lapic_complete();
		lapic_tried();
		return true;
	default:
		return vector == VECTOR_SPURIOUS; /* which wants no completion (SDM 11.9) */
	}
}

/* Called by trap.S with interrupts off; the frame that it returns is loaded next. */
struct trapframe *trap_handler(struct trapframe *f)
{
	bool from_user = f->cs & 3;

	if (interrupt(f->vector, from_user)) {
		/* nothing else to do */
	} else if (!from_user || (f->vector >= NR_EXCEPTIONS && f->vector != VECTOR_SYSCALL)) {
		unexpected(f);
	} else if (f->vector == VECTOR_SYSCALL) {
		syscall(f); /* rip is behind the int already */
	} else {
		task_fault(cause_name(f), fault_address(f), f->rip);
	}
	return from_user ? task_schedule() : f;
}

void arch_trapframe_init(struct trapframe *regs, u64 entry, u64 stack, u64 arg)
{
	memset(regs, 0, sizeof(*regs));
	regs->rip = entry;
	regs->cs = USER_CODE;
	regs->rflags = RFLAGS_IF | 2;
	regs->rsp = stack - 8; /* as behind a call (the ABI) */
	regs->ss = USER_DATA;
	regs->rdi = arg;
}

u64 arch_syscall_number(const struct trapframe *regs)
{
	return regs->rax;
}

u64 arch_syscall_arg(const struct trapframe *regs, int n)
{
	return n ? regs->rsi : regs->rdi;
}

void arch_syscall_result(struct trapframe *regs, long value)
{
	regs->rax = value;
}
