// SPDX-License-Identifier: MIT
#include "../grade.h"

/* Reads one of the hypervisor's registers and shows what its own kernel then gets. */
#define ILLEGAL(insn)                                                                          \
	({                                                                                     \
		u64 cause_, epc_, tval_, at_, old_, status_;                                   \
		__asm__ volatile("la %3, 1f; la t0, 2f; csrrw %4, stvec, t0\n"                 \
				 "1:" insn "\n"                                                \
				 "	j 3f\n"                                                \
				 "	.balign 4\n"                                           \
				 "2:	csrr %0, scause; csrr %1, sepc; csrr %2, stval\n"      \
				 "	csrr %5, sstatus; j 4f\n"                              \
				 "3:	li %0, 99; li %1, 0; li %2, 0; li %5, 0\n"             \
				 "4:	csrw stvec, %4\n"                                      \
				 : "=&r"(cause_), "=&r"(epc_), "=&r"(tval_), "=&r"(at_),       \
				   "=&r"(old_), "=&r"(status_)                                 \
				 :                                                             \
				 : "t0", "t1", "memory");                                      \
		ladder_show(cause_);                                                           \
		ladder_show(epc_ - at_);                                                       \
		ladder_show(tval_);                                                            \
		ladder_show(status_ & 0x122); /* SPP, SPIE, SIE */                             \
	})

static void registers(void)
{
	u64 interrupts = next() & 2;

	__asm__ volatile("csrw sie, zero; csrw sstatus, %0" : : "r"(interrupts));
	ILLEGAL("csrr t1, hgatp");
	ILLEGAL("csrw vsatp, zero");
	ILLEGAL("csrr t1, hstatus");
	__asm__ volatile("csrw sstatus, zero");
	ILLEGAL(".word 0x62000073"); /* hfence.gvma */
}

static void waits(void)
{
	u64 before = next(), after = before;

	for (u32 i = next() % 5 + 3; i; i--)
		__asm__ volatile("wfi; addi %0, %0, 3" : "+r"(after));
	ladder_show(after - before);
	ladder_show(after);
}

static void firmware(void)
{
	for (u64 function = 0; function < 8; function++) {
		struct sbi_ret answer = sbi_call(0x10, function, next(), next(), 0);

		ladder_show(answer.error);
		ladder_show(answer.value);
	}
	for (u32 i = 0; i < 6; i++)
		ladder_show(sbi_call(0x10, 3, i == 3 ? 0x4442434e : next() % 20, 0, 0).value);
}

void scenario(u64 what)
{
	if (what == 1)
		registers();
	if (what <= 2)
		waits();
	if (what == 3)
		firmware();
}
