// SPDX-License-Identifier: MIT
/*
 * Makes the hypervisor come in for every reason that step 4 knows and checks that the answer is
 * what the manuals promise.
 */
#include <guest.h>

#define SBI_BASE 0x10
#define SBI_DBCN 0x4442434e
#define SBI_SRST 0x53525354

static void firmware_calls(void)
{
	static const char text[] = "  exits: text by the buffer (DBCN)\n";
	struct sbi_ret ret = sbi_call(SBI_BASE, 0, 0, 0, 0);

	check(ret.error == 0 && ret.value >= 2 << 24);
	print("  exits: SBI %lu.%lu, implementation %lx\n", ret.value >> 24, ret.value & 0xffffff,
	      sbi_call(SBI_BASE, 1, 0, 0, 0).value);
	check(sbi_call(SBI_BASE, 3, SBI_DBCN, 0, 0).value == 1);
	check(sbi_call(SBI_BASE, 3, 0x12345678, 0, 0).value == 0);
	check(sbi_call(0x12345678, 0, 0, 0, 0).error == -2);
	check(sbi_call(SBI_BASE, 99, 0, 0, 0).error == -2);

	ret = sbi_call(SBI_DBCN, 0, sizeof(text) - 1, (u64)text, 0);
	check(ret.error == 0 && ret.value == sizeof(text) - 1);
	/* Memory that is not ours must be refused, not read. */
	check(sbi_call(SBI_DBCN, 0, 16, 0x80000000, 0).error == -3);
	check(sbi_call(SBI_DBCN, 0, 16, ~0ul - 4, 0).error == -3);
}

/* A legacy call changes a0 and nothing else, not even a1. */
static void legacy_keeps_a1(void)
{
	register u64 a0 __asm__("a0") = ' ';
	register u64 a1 __asm__("a1") = 0x5a5a5a5a;
	register u64 a7 __asm__("a7") = 1;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a7) : "memory");
	check(a0 == 0 && a1 == 0x5a5a5a5a);
	print(" exits: legacy console, a1 kept\n");
}

/*
 * The hypervisor's registers do not exist for a guest: its own kernel gets an illegal instruction.
 */
static void hypervisor_registers_are_illegal(void)
{
	u64 cause = 0, where, expected, old;

	__asm__ volatile("	la	%2, 1f\n"
			 "	la	t0, 2f\n"
			 "	csrrw	%3, stvec, t0\n"
			 "1:	csrr	t1, hgatp\n"
			 "	.balign 4\n"
			 "2:	csrr	%0, scause\n"
			 "	csrr	%1, sepc\n"
			 "	csrw	stvec, %3\n"
			 : "=&r"(cause), "=&r"(where), "=&r"(expected), "=&r"(old)
			 :
			 : "t0", "t1", "memory");
	check(cause == 2 && where == expected);
	print("  exits: hgatp is an illegal instruction at %lx\n", where);
}

/* One is pending and enabled, but sstatus.SIE is 0: wfi ends, and no trap comes (priv 3.3.3). */
static void wait_for_interrupt(void)
{
	const u64 ssi = 1 << 1;

	__asm__ volatile("csrs sie, %0; csrs sip, %0; wfi; csrc sip, %0; csrc sie, %0"
			 :
			 : "r"(ssi)
			 : "memory");
	print("  exits: wfi came back\n");
}

int guest_main(void)
{
	firmware_calls();
	legacy_keeps_a1();
	hypervisor_registers_are_illegal();
	wait_for_interrupt();
	sbi_call(SBI_SRST, 0, 0, 0, 0);
	return 1;
}
