// SPDX-License-Identifier: MIT
/* Why the kernel was entered, and what a process' registers mean. */
#include "platform.h"
#include "../user.h"

#define CAUSE_INTERRUPT	 (1ul << 63)
#define CAUSE_TIMER	 (CAUSE_INTERRUPT | 5)
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

/* One-shot: each tick asks for the next, which also takes back the one that is pending. */
static void tick(void)
{
	sbi_set_timer(csr_read(time) + TIMEBASE_HZ / TICK_HZ);
}

static void unexpected(const struct trapframe *f, u64 cause)
{
	arch_panic_mode();
	printk("\n  pc %lx sstatus %lx scause %lx stval %lx\n", f->pc, f->sstatus, cause,
	       csr_read(stval));
	printk("  ra %lx sp %lx a0 %lx a1 %lx a7 %lx\n", f->ra, f->sp, f->a0, f->a1, f->a7);
	panic("%s in the kernel", cause_name(cause));
}

void trap_handler(struct trapframe *f)
{
	bool from_user = !(f->sstatus & SSTATUS_SPP);
	struct proc *p = proc_current();
	u64 cause = csr_read(scause);

	if (cause == CAUSE_TIMER) {
		tick();
		if (!from_user)
			return;
		p->ticks++;
		proc_yield();
	} else if (!from_user || (cause & CAUSE_INTERRUPT)) {
		unexpected(f, cause);
	} else if (cause == CAUSE_USER_ECALL) {
		f->pc += 4; /* go on behind the ecall */
		syscall(f);
	} else {
		printk("process %d (%s) killed: %s at 0x%lx, pc 0x%lx\n", p->pid, p->name,
		       cause_name(cause), csr_read(stval), f->pc);
		proc_exit(KILLED);
	}
	if (p->killed)
		proc_exit(KILLED);
}

const struct arch_region arch_devices[] = { { 0 } }; /* the firmware drives them */

void arch_init(void)
{
	csr_write(stvec, trap_entry);
	tick();
	csr_set(sie, SIE_STIE);
}

/* All spaces use ASID 0, so what the TLB holds of the last one must go. */
void arch_use_space(const pte_t *root)
{
	csr_write(satp, SATP_SV39 | (u64)root >> 12);
	__asm__ volatile("sfence.vma" ::: "memory");
}

u64 arch_time_us(void)
{
	return csr_read(time) / (TIMEBASE_HZ / 1000000);
}

void arch_take_interrupts(void)
{
	csr_set(sstatus, SSTATUS_SIE);
	csr_clear(sstatus, SSTATUS_SIE);
}

void arch_user_start(struct trapframe *regs, u64 pc, u64 sp, u64 arg0, u64 arg1)
{
	memset(regs, 0, sizeof(*regs));
	regs->pc = pc;
	regs->sp = sp;
	regs->a0 = arg0;
	regs->a1 = arg1;
	regs->sstatus = SSTATUS_SPIE; /* SPP = 0: to user mode, with interrupts on */
}

u64 arch_fresh_stack(struct trapframe *regs)
{
	u64 *sp = (u64 *)((u64)regs - SWITCH_SIZE);

	memset(sp, 0, SWITCH_SIZE);
	sp[0] = (u64)trap_return; /* where arch_switch loads ra from */
	return (u64)sp;
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
