// SPDX-License-Identifier: MIT
#include <arch/sysreg.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/printf.h>
#include <hv/vcpu.h>

static const struct el1_reg {
	const char *name;
	u32 index; /* in struct el1_regs, taken as an array */
	u64 kept;
} el1_reg_table[] = {
#define EL1_REG(reg, bits) { #reg, offsetof(struct el1_regs, reg) / sizeof(u64), bits },
	EL1_REGISTERS(EL1_REG)
};

/*
 * Linux's booting.rst, section 4, which others follow: a CPU starts at EL1 with MMU off and all
 * interrupts masked, x0 = argument. Which CPU it is stands in MPIDR_EL1.
 */
void arch_vcpu_reset(struct vcpu *vcpu, gpa_t entry, u64 arg)
{
	struct arch_vcpu *arch = &vcpu->arch;

	*arch = (struct arch_vcpu){ 0 };
	arch->gpr[0] = arg;
	arch->elr = entry;
	/* eret takes the new level from SPSR_EL2.M: EL1 on SP_EL1. */
	arch->spsr = SPSR_EL1H | SPSR_DAIF;
	arch->el1.sctlr_el1 = SCTLR_EL1_RES1;
	/* The same CPU model as the host's; bit 31 of MPIDR is RES1. */
	arch->el1.vpidr_el2 = sysreg_read(MIDR_EL1);
	arch->el1.vmpidr_el2 = BIT(31) | vcpu->id;
}

const char *arch_vcpu_check(const struct vcpu *vcpu)
{
	const struct arch_vcpu *arch = &vcpu->arch;

	if ((arch->spsr & SPSR_M) != SPSR_EL1H)
		return "SPSR_EL2.M is not EL1h: eret would go elsewhere";
	if ((arch->spsr & SPSR_DAIF) != SPSR_DAIF)
		return "SPSR_EL2.DAIF: a kernel is entered with interrupts masked (booting.rst, 4)";
	if (!(sysreg_read(hcr_el2) & HCR_RW))
		return "HCR_EL2.RW = 0: EL1 would not be 64-bit";
	if (arch->elr & 3)
		return "ELR_EL2 is not a multiple of 4: a PC alignment fault";
	if (arch->el1.sctlr_el1 & SCTLR_M)
		return "SCTLR_EL1.M = 1: a kernel is entered with its MMU off (booting.rst, 4)";
	if ((arch->el1.sctlr_el1 & SCTLR_EL1_RES1) != SCTLR_EL1_RES1)
		return "SCTLR_EL1 has a RES1 bit that is 0";
	return NULL;
}

void arch_vcpu_load(struct vcpu *vcpu)
{
	const struct el1_regs *el1 = &vcpu->arch.el1;

#define LOAD(reg, kept) sysreg_write(reg, el1->reg);
	EL1_REGISTERS(LOAD)
	isb();
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	struct el1_regs *el1 = &vcpu->arch.el1;

#define PUT(reg, kept) el1->reg = sysreg_read(reg);
	EL1_REGISTERS(PUT)
}

#define NR_PATTERNS 4

/* Another one for each register, so that none can stand in for its neighbour. */
static u64 pattern(u32 round, u32 reg)
{
	static const u64 patterns[NR_PATTERNS] = { 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0, ~0ul };

	return patterns[round] ^ reg * 0x0101010101010101;
}

const char *arch_vcpu_selftest(struct vcpu *vcpu)
{
	struct el1_regs saved = vcpu->arch.el1;
	u64 *regs = (u64 *)&vcpu->arch.el1;
	const char *bad = NULL;

	for (u32 p = 0; p < NR_PATTERNS; p++) {
		for (u32 i = 0; i < ARRAY_SIZE(el1_reg_table); i++)
			regs[el1_reg_table[i].index] = pattern(p, i) & el1_reg_table[i].kept;
		arch_vcpu_load(vcpu);
		vcpu->arch.el1 = (struct el1_regs){ 0 };
		arch_vcpu_put(vcpu);
		for (u32 i = 0; i < ARRAY_SIZE(el1_reg_table) && !bad; i++) {
			const struct el1_reg *reg = &el1_reg_table[i];

			if ((regs[reg->index] ^ pattern(p, i)) & reg->kept)
				bad = reg->name;
		}
	}
	vcpu->arch.el1 = saved;
	arch_vcpu_load(vcpu); /* no pattern stays: a timer might be on */
	return bad;
}

void arch_vcpu_dump(const struct vcpu *vcpu)
{
	const struct arch_vcpu *arch = &vcpu->arch;
	const u64 *el1 = (const u64 *)&arch->el1;

	printf("  pc  %016lx  spsr %016lx\n", arch->elr, arch->spsr);
	trap_print_gprs(arch->gpr);
	for (u32 i = 0; i < ARRAY_SIZE(el1_reg_table); i++)
		printf("  %-14s %016lx%s", el1_reg_table[i].name, el1[el1_reg_table[i].index],
		       i % 3 == 2 || i + 1 == ARRAY_SIZE(el1_reg_table) ? "\n" : "");
}

u64 vcpu_get_gpr(const struct vcpu *vcpu, u32 reg)
{
	return reg % 32 == 31 ? 0 : vcpu->arch.gpr[reg % 32]; /* x31 is the zero register */
}

void vcpu_set_gpr(struct vcpu *vcpu, u32 reg, u64 value)
{
	if (reg % 32 != 31)
		vcpu->arch.gpr[reg % 32] = value;
}
