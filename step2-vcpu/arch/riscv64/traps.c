// SPDX-License-Identifier: MIT
#include <arch/csr.h>
#include <arch/extable.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/end.h>

struct extable_entry {
	u64 insn, landing;
};

extern const struct extable_entry extable_start[], extable_end[];

static const char *const cause_names[] = {
	[CAUSE_FETCH_MISALIGNED] = "misaligned fetch",
	[CAUSE_FETCH_ACCESS] = "fetch access fault",
	[CAUSE_ILLEGAL] = "illegal instruction",
	[CAUSE_BREAKPOINT] = "breakpoint",
	[CAUSE_LOAD_MISALIGNED] = "misaligned load",
	[CAUSE_LOAD_ACCESS] = "load access fault",
	[CAUSE_STORE_MISALIGNED] = "misaligned store",
	[CAUSE_STORE_ACCESS] = "store access fault",
	[CAUSE_ECALL_U] = "ecall from U or VU",
	[CAUSE_ECALL_S] = "ecall from HS",
	[CAUSE_ECALL_VS] = "ecall from VS",
	[CAUSE_FETCH_PAGE] = "fetch page fault",
	[CAUSE_LOAD_PAGE] = "load page fault",
	[CAUSE_STORE_PAGE] = "store page fault",
	[CAUSE_FETCH_GUEST_PAGE] = "fetch guest-page fault",
	[CAUSE_LOAD_GUEST_PAGE] = "load guest-page fault",
	[CAUSE_VIRTUAL] = "virtual instruction",
	[CAUSE_STORE_GUEST_PAGE] = "store guest-page fault",
};

const char *trap_cause_name(u64 cause)
{
	if (cause & CAUSE_INTERRUPT)
		return "interrupt";
	if (cause < ARRAY_SIZE(cause_names) && cause_names[cause])
		return cause_names[cause];
	return "reserved cause";
}

void trap_print_gprs(const u64 *gpr)
{
	static const char *const names[32] = {
		"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
		"a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
		"s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};

	for (int n = 1; n < 32; n++)
		printf("  %-3s %016lx%s", names[n], gpr[n], n % 4 == 0 || n == 31 ? "\n" : "");
}

static bool extable_fixup(struct trap_frame *frame)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if (e->insn == frame->sepc) {
			frame->sepc = e->landing;
			return true;
		}
	}
	return false;
}

static _Noreturn void report(const struct trap_frame *frame, u64 cause)
{
	printf("\nladder: trap in the hypervisor: %s (scause %lu)\n", trap_cause_name(cause),
	       cause & ~CAUSE_INTERRUPT);
	printf("  sepc %016lx  stval %016lx  sstatus %016lx\n", frame->sepc, csr_read(stval),
	       frame->sstatus);
	trap_print_gprs(frame->gpr);
	panic("it can't go on");
}

void trap_handle(struct trap_frame *frame)
{
	u64 cause = csr_read(scause);

	if (!extable_fixup(frame))
		report(frame, cause);
}

void arch_traps_init(void)
{
	csr_write(stvec, trap_vector); /* MODE 0, direct: all traps to one place (priv 10.1.2) */
}

u64 arch_traps_selftest(void)
{
	u64 where;

	/* An all-zero instruction is defined to be illegal (unprivileged ISA 20240411, 1.5). */
	__asm__ volatile("	la	%0, 1f\n"
			 "1:	unimp\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "=r"(where)
			 :
			 : "memory");
	return where;
}
