// SPDX-License-Identifier: MIT
/*
 * Makes the hypervisor come in for every reason that step 4 knows and checks that the answer is
 * what the manuals promise.
 */
#include <catch.h>
#include <guest.h>
#include <psci.h>

#define UNDEFINED (1ul << 25) /* ESR_EL1: EC 0, "unknown reason", of a 32-bit instruction */

#define READ(reg)                                                 \
	({                                                        \
		u64 value_;                                       \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)); \
		value_;                                           \
	})

static void firmware_calls(void)
{
	int version = psci_hvc(PSCI_VERSION, 0, 0, 0), refusal;

	check(version >= 1 << 16);
	check(psci_smc(PSCI_VERSION, 0, 0, 0) == version);
	print("  exits: PSCI %d.%d, by hvc and by smc\n", version >> 16, version & 0xffff);
	check(psci_hvc(PSCI_FEATURES, PSCI_SYSTEM_OFF, 0, 0) == 0);
	check(psci_smc(PSCI_FEATURES, PSCI_SYSTEM_RESET, 0, 0) == 0);
	check(psci_hvc(PSCI_FEATURES, 0x84000fff, 0, 0) == PSCI_NOT_SUPPORTED);
	check(psci_hvc(0x84000fff, 0, 0, 0) == PSCI_NOT_SUPPORTED);
	check(psci_smc(0xc6000fff, 0, 0, 0) == -1);
	check(psci_hvc(0x12345678, 0, 0, 0) == -1);

	/* There is no such CPU, whoever may turn CPUs on. */
	refusal = psci_hvc(PSCI_CPU_ON, 0x123456, 0x50000000, 0);
	check(refusal == PSCI_NOT_SUPPORTED || refusal == PSCI_INVALID_PARAMS);
	print("  exits: no other CPU to turn on\n");
}

static void id_registers(void)
{
	check((READ(mpidr_el1) & 0xffffff) == 0);
	check((READ(id_aa64pfr0_el1) >> 4 & 15) >= 1);
	check((READ(id_aa64pfr0_el1) >> 8 & 15) == 0);
	print("  exits: ID_AA64PFR0_EL1 shows EL1, and no EL2\n");
}

/* What nothing counts in reads 0, and a write changes nothing. */
static void no_performance_monitors(void)
{
	__asm__ volatile("msr pmcntenset_el0, %0; msr pmcr_el0, %0" ::"r"(~0ul));
	check(READ(pmcr_el0) == 0);
	check(READ(pmccntr_el0) == 0);
	print("  exits: performance monitors read 0\n");
}

static void check_undefined(struct caught caught)
{
	check(caught.esr == UNDEFINED);
	check(caught.here);
	check((caught.spsr & 0x3cf) == 0x3c5); /* EL1h, and D, A, I, F as they were */
}

/*
 * The hypervisor's registers do not exist for a guest, nor does what tells of the host: its own
 * kernel gets an undefined instruction.
 */
static void hypervisor_registers_are_undefined(void)
{
	check_undefined(CATCH("mrs x0, vttbr_el2"));
	check_undefined(CATCH("msr hcr_el2, xzr"));
	print("  exits: vttbr_el2 is an undefined instruction\n");
	check_undefined(CATCH("mrs x0, mdrar_el1")); /* the host's debug ROM */
	check_undefined(CATCH("hvc #1"));
	print("  exits: so are hvc #1 and the debug ROM's address\n");
}

/* EL1 alone decides whether it may use them (CPACR_EL1.FPEN). */
static void fp_registers_are_kept(void)
{
	u64 fp_ping(u64 seed); /* fp.S */

	__asm__ volatile("msr cpacr_el1, xzr; isb");
	check(CATCH("fmov d0, xzr").esr >> 26 == 7); /* access to SIMD or FP, trapped by CPACR */
	__asm__ volatile("msr cpacr_el1, %0; isb" ::"r"(3ul << 20));
	/* The time is a seed that no other VM has. */
	check(fp_ping(READ(cntvct_el0)) == 0);
	print("  exits: FP and SIMD registers kept\n");
}

/* Nothing is pending and nothing will be; but wfi may end at any time ("Wait for Interrupt"). */
static void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
	print("  exits: wfi came back\n");
}

int guest_main(void)
{
	firmware_calls();
	id_registers();
	no_performance_monitors();
	hypervisor_registers_are_undefined();
	fp_registers_are_kept();
	wait_for_interrupt();
	psci_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
	return 1;
}
