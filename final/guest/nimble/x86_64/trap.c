// SPDX-License-Identifier: MIT
/* Why the kernel was entered, and what a process' registers mean. */
#include "platform.h"
#include "../user.h"

#define VECTOR_PAGE_FAULT 14
#define NR_EXCEPTIONS	  32

/* A page fault's error code (SDM 4.7) */
#define ERROR_WRITE (1 << 1)
#define ERROR_FETCH (1 << 4)

#define RFLAGS_IF 0x200

#define PIC_MASK	0x21 /* ports of the two 8259s */
#define SECOND_PIC_MASK 0xa1

static u64 tsc_per_10ms = 1;
static pte_t top[512] __attribute__((aligned(4096)));

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
	arch_panic_mode();
	printk("\n  rip %lx rflags %lx vector %lu error %lx cr2 %lx\n", f->rip, f->rflags,
	       f->vector, f->error, fault_address(f));
	printk("  rsp %lx rax %lx rdi %lx rsi %lx\n", f->rsp, f->rax, f->rdi, f->rsi);
	panic("%s in the kernel", cause_name(f));
}

void trap_handler(struct trapframe *f)
{
	bool from_user = f->cs & 3;
	struct proc *p = proc_current();

	if (f->vector == VECTOR_TIMER) {
		lapic_complete();
		lapic_tick(); /* one-shot: each tick asks for the next */
		if (!from_user)
			return;
		p->ticks++;
		proc_yield();
	} else if (f->vector == VECTOR_SPURIOUS) {
		return; /* wants no completion (SDM 11.9) */
	} else if (f->vector == VECTOR_SYSCALL) {
		syscall(f); /* rip is behind the syscall already */
	} else if (!from_user || f->vector >= NR_EXCEPTIONS) {
		unexpected(f);
	} else {
		printk("process %d (%s) killed: %s at 0x%lx, pc 0x%lx\n", p->pid, p->name,
		       cause_name(f), fault_address(f), f->rip);
		proc_exit(KILLED);
	}
	if (p->killed)
		proc_exit(KILLED);
}

const struct arch_region arch_devices[] = {
	{ HPET, PAGE_SIZE },
	{ LAPIC, PAGE_SIZE },
	{ 0 },
};

static u64 tsc_read(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

void arch_init(void)
{
	u64 start;

	descriptors_init();
	out8(PIC_MASK, 0xff); /* theirs would come as exceptions' vectors */
	out8(SECOND_PIC_MASK, 0xff);
	lapic_init();
	hpet_init();
	start = tsc_read();
	hpet_wait_10ms();
	tsc_per_10ms = tsc_read() - start;
	lapic_calibrate(hpet_wait_10ms);
	lapic_tick();
}

/* CR3 keeps its value, but what the TLB holds of the last space goes as it is written. */
void arch_use_space(const pte_t *root)
{
	top[0] = pte_table((u64)root);
	__asm__ volatile("mov %0, %%cr3" : : "r"(top) : "memory");
}

u64 arch_time_us(void)
{
	return tsc_read() * 10000 / tsc_per_10ms;
}

void arch_take_interrupts(void)
{
	__asm__ volatile("sti; nop; cli"
			 :
			 :
			 : "memory"); /* sti lets the next instruction through */
}

void arch_user_start(struct trapframe *regs, u64 pc, u64 sp, u64 arg0, u64 arg1)
{
	memset(regs, 0, sizeof(*regs));
	regs->rip = pc;
	regs->cs = USER_CODE;
	regs->rflags = RFLAGS_IF | 2;
	regs->rsp = sp - 8; /* as behind a call (the ABI) */
	regs->ss = USER_DATA;
	regs->rdi = arg0;
	regs->rsi = arg1;
}

u64 arch_fresh_stack(struct trapframe *regs)
{
	u64 *sp = (u64 *)((u64)regs - SWITCH_SIZE);

	memset(sp, 0, SWITCH_SIZE);
	sp[SWITCH_SIZE / 8 - 1] = (u64)trap_return; /* where arch_switch returns to */
	return (u64)sp;
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
