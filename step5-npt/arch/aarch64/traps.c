// SPDX-License-Identifier: MIT
#include <arch/extable.h>
#include <arch/sysreg.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/end.h>

struct extable_entry {
	u64 insn, landing;
};

extern const struct extable_entry extable_start[], extable_end[];

static const char *const cause_names[] = {
	[EC_UNKNOWN] = "undefined instruction",
	[EC_WFX] = "wfi or wfe",
	[EC_ILLEGAL_STATE] = "illegal execution state",
	[EC_HVC64] = "hvc",
	[EC_SMC64] = "smc",
	[EC_SYSREG] = "system register access",
	[EC_IABT_LOWER] = "instruction abort from a lower level",
	[EC_IABT] = "instruction abort",
	[EC_PC_ALIGNMENT] = "misaligned pc",
	[EC_DABT_LOWER] = "data abort from a lower level",
	[EC_DABT] = "data abort",
	[EC_SP_ALIGNMENT] = "misaligned sp",
	[EC_SERROR] = "SError",
	[EC_BRK64] = "brk",
	[EC_INTERRUPT] = "interrupt",
};

const char *trap_cause_name(u64 esr)
{
	u64 class = ESR_EC(esr);

	if (class < ARRAY_SIZE(cause_names) && cause_names[class])
		return cause_names[class];
	return "another exception class";
}

void trap_print_gprs(const u64 *gpr)
{
	for (int n = 0; n < 31; n++)
		printf("  x%-2d %016lx%s", n, gpr[n], n % 4 == 3 || n == 30 ? "\n" : "");
}

/* The exception registers of the level we run at: EL2's, or EL1's if we were started there. */
#define own_read(reg) (current_el() == 2 ? sysreg_read(reg##_EL2) : sysreg_read(reg##_EL1))
#define own_write(reg, value)                                \
	do {                                                 \
		if (current_el() == 2)                       \
			sysreg_write(reg##_EL2, value);      \
		else                                         \
			sysreg_write(reg##_EL1, value);      \
	} while (0)

static bool extable_fixup(void)
{
	u64 elr = own_read(ELR);

	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if (e->insn == elr) {
			own_write(ELR, e->landing);
			return true;
		}
	}
	return false;
}

static _Noreturn void report(const struct trap_frame *frame, const char *cause)
{
	printf("\nladder: trap in the hypervisor: %s (esr %08lx)\n", cause, own_read(ESR));
	printf("  elr %016lx  far %016lx  spsr %08lx  sp %016lx\n", own_read(ELR), own_read(FAR),
	       own_read(SPSR), frame->sp);
	trap_print_gprs(frame->gpr);
	panic("it can't go on");
}

void trap_handle(struct trap_frame *frame)
{
	if (!extable_fixup())
		report(frame, trap_cause_name(own_read(ESR)));
}

void trap_unexpected(struct trap_frame *frame)
{
	report(frame, "by a vector that is not used");
}

void arch_traps_init(void)
{
	own_write(VBAR, trap_vectors);
	isb();
}

u64 arch_traps_selftest(void)
{
	u64 where;

	/* An all-zero instruction, udf #0, is defined to be undefined (Arm ARM, "UDF"). */
	__asm__ volatile("	adr	%0, 1f\n"
			 "1:	udf	#0\n"
			 "2:\n" EXTABLE(1b, 2b)
			 : "=r"(where)
			 :
			 : "memory");
	return where;
}
