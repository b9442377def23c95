// SPDX-License-Identifier: MIT
/*
 * When an interrupt is taken, and when it is not: by RFLAGS.IF and the shadow of sti, by its
 * priority beside the task's and that of what is in service, and from each of the timer's modes.
 * The local APIC is in its x2APIC form, with all registers in MSRs (SDM 11.12).
 */
#include <catch.h>
#include <cpu.h>
#include <guest.h>

#define APIC_BASE    0x1b
#define TSC_DEADLINE 0x6e0
#define TPR	     0x808
#define PPR	     0x80a
#define EOI	     0x80b
#define SPURIOUS     0x80f
#define IRR_2	     0x822 /* vectors 0x40 to 0x5f */
#define ICR	     0x830
#define LVT_TIMER    0x832
#define COUNT	     0x838
#define DIVIDE	     0x83e
#define SELF_IPI     0x83f

#define ICR_TO_MYSELF  0x40000
#define TIMER_MASKED   0x10000
#define TIMER_PERIODIC 0x20000
#define TIMER_DEADLINE 0x40000
#define DIVIDE_BY_1    0x0b
#define DIVIDE_BY_16   0x03

#define PERIOD 10000000ul

extern char taken_entries[]; /* taken.S, as the next */
extern volatile u32 taken_count;
extern volatile u8 taken_vectors[];
extern volatile u64 taken_at;
extern volatile bool taken_completes;

static void send(u32 vector)
{
	msr_write(SELF_IPI, vector);
}

/* sti lets one more instruction through, and then what is there comes, the most urgent first. */
static void window(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

/* Whether just these vectors came since the last time, in this order. */
static bool came(const char *vectors)
{
	u32 n = taken_count;
	bool same = true;

	for (u32 i = 0; i < n; i++)
		same &= vectors[i] && (u8)vectors[i] == taken_vectors[i];
	taken_count = 0;
	return same && !vectors[n];
}

static u64 tsc(void)
{
	struct caught c = CATCH("rdtsc");

	return c.rdx << 32 | c.rax;
}

static void priorities(void)
{
	send(0x40);
	send(0x60);
	send(0x50);
	send(0x50); /* the same once more is no other one */
	check(msr_read(IRR_2) == (1ul | 1 << 16));
	window();
	check(came("\x60\x50\x40"));
	check(msr_read(IRR_2) == 0);

	CR_WRITE(cr8, 5); /* SDM 11.8.3.1: this class and all below wait */
	check(msr_read(TPR) == 0x50);
	send(0x5f);
	send(0x60);
	window();
	check(came("\x60"));
	msr_write(TPR, 0x40);
	check(CR_READ(cr8) == 4);
	window();
	check(came("\x5f"));
	CR_WRITE(cr8, 0);
}

static void in_service(void)
{
	taken_completes = false;
	send(0x60);
	window();
	check(came("\x60"));
	send(0x50);
	send(0x6f);
	window();
	check(came(""));
	send(0x70);
	window();
	check(came("\x70"));
	check(msr_read(PPR) == 0x70);
	taken_completes = true;
	msr_write(EOI, 0); /* of 0x70: 0x60 is still there */
	window();
	check(came(""));
	msr_write(EOI, 0);
	window();
	check(came("\x6f\x50"));
	print("  interrupts: the most urgent comes first, what is in service holds back the "
	      "others\n");
}

/* @insns with an interrupt pending and IF = 0: it must be taken at their label 1. */
#define TAKEN_AT_1(insns)                                                 \
	({                                                                \
		u64 at_;                                                  \
                                                                          \
		send(0x40);                                               \
		__asm__ volatile("lea 1f(%%rip), %0; " insns "; nop; cli" \
				 : "=&r"(at_)                             \
				 :                                        \
				 : "rax", "rbx", "rcx", "rdx", "memory"); \
		check(came("\x40") && taken_at == at_);                   \
	})

/* An instruction that exits counts as any other. */
static void moments(void)
{
	TAKEN_AT_1("sti; nop; 1:");
	TAKEN_AT_1("xor %%eax, %%eax; sti; cpuid; 1:");
	TAKEN_AT_1("sti; hlt; 1:");
	TAKEN_AT_1("push $0x202; popfq; 1:");
	CR_WRITE(cr8, 15);
	TAKEN_AT_1("xor %%eax, %%eax; sti; nop; mov %%rax, %%cr8; 1:");
	send(0x41);
	window();
	check(came("\x41"));
	msr_write(ICR, ICR_TO_MYSELF | 0x42);
	window();
	check(came("\x42"));
	print("  interrupts: each at its moment, behind sti, popf, hlt and a lower CR8\n");
}

/* From here until the interrupt, in the timer's ticks. */
static u64 timer(u32 mode, u32 msr, u64 value)
{
	u64 start = tsc();

	msr_write(LVT_TIMER, mode | 0x50);
	msr_write(msr, msr == TSC_DEADLINE ? start + value : value);
	__asm__ volatile("sti; hlt; cli" : : : "memory");
	check(came("\x50"));
	return tsc() - start;
}

static void timers(void)
{
	u64 start;

	msr_write(DIVIDE, DIVIDE_BY_1);
	check(timer(0, COUNT, 100000) >= 100000);
	check(timer(TIMER_DEADLINE, TSC_DEADLINE, 100000) >= 100000);
	check(msr_read(TSC_DEADLINE) == 0);

	/* Where the machine is slow or busy two become one; none comes early. */
	start = tsc();
	msr_write(LVT_TIMER, TIMER_PERIODIC | 0x50);
	msr_write(COUNT, PERIOD);
	while (taken_count < 5)
		__asm__ volatile("sti; hlt; cli" : : : "memory");
	check(taken_vectors[4] == 0x50 && tsc() - start >= 5 * PERIOD);
	msr_write(COUNT, 0);
	window();
	taken_count = 0;

	msr_write(DIVIDE, DIVIDE_BY_16);
	check(timer(0, COUNT, 10000) >= 160000);

	msr_write(LVT_TIMER, TIMER_MASKED | 0x50);
	msr_write(COUNT, 1000);
	for (start = tsc(); tsc() - start < 100000;)
		window();
	check(came(""));
	print("  interrupts: the timer's, once, again and again, at a time, and masked\n");
}

static void registers(void)
{
	check(CATCH_WITH("rdmsr", 0, SELF_IPI, 0).vector == VECTOR_GP); /* write-only */
	check(CATCH_WITH("wrmsr", 1, EOI, 0).vector == VECTOR_GP);	/* takes 0 only */
	check(CATCH_WITH("wrmsr", 0x100, TPR, 0).vector == VECTOR_GP);	/* has 8 bits */
	check(CATCH_WITH("wrmsr", 0, PPR, 0).vector == VECTOR_GP);	/* read-only */
	check(CATCH_WITH("rdmsr", 0, ICR + 1, 0).vector == VECTOR_GP);	/* there is none */
	print("  interrupts: what is no register raises a general protection fault\n");
}

int guest_main(void)
{
	catch_init();
	for (u32 n = 0; n < 0x40; n++)
		catch_gate(0x40 + n, taken_entries + 16 * n);
	taken_completes = true;
	msr_write(APIC_BASE, msr_read(APIC_BASE) | 0xc00);
	msr_write(SPURIOUS, 0x1ff);
	priorities();
	in_service();
	moments();
	timers();
	registers();
	return 0;
}
