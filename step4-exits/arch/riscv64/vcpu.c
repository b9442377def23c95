// SPDX-License-Identifier: MIT
#include <arch/cpu.h>
#include <arch/csr.h>
#include <arch/traps.h>
#include <hv/arch.h>
#include <hv/pcpu.h>
#include <hv/printf.h>
#include <hv/vcpu.h>

/* The VS-level registers by name, with the bits that must come back as they were written. */
static const struct vs_reg {
	const char *name;
	u32 index; /* in struct vs_regs, taken as an array */
	u64 kept;
} vs_reg_table[] = {
#define VS_REG(reg, bits) { #reg, offsetof(struct vs_regs, reg) / sizeof(u64), bits }
	VS_REG(vsstatus, SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_SUM | SSTATUS_MXR),
	VS_REG(vsie, BIT(IRQ_SSI) | BIT(IRQ_STI) | BIT(IRQ_SEI)),
	VS_REG(vstvec, ~3ul),
	VS_REG(vsscratch, ~0ul),
	VS_REG(vsepc, ~1ul),
	VS_REG(vscause, CAUSE_INTERRUPT | 0x1f),
	VS_REG(vstval, ~0ul),
	VS_REG(vsatp,
	       0xffffful), /* of PPN only: with a MODE that is not there a write may be ignored */
	VS_REG(scounteren, COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR),
	VS_REG(senvcfg, SENVCFG_FIOM),
	VS_REG(hvip, BIT(IRQ_VSSI) | BIT(IRQ_VSEI)), /* VSTIP: see arch_vcpu_put() */
	VS_REG(vstimecmp, ~0ul),
};

/* SBI 2.0, 9.1: a hart starts in S-mode with satp = 0, SIE = 0, a0 = hart id, a1 = argument. */
void arch_vcpu_reset(struct vcpu *vcpu, gpa_t entry, u64 arg)
{
	struct arch_vcpu *arch = &vcpu->arch;

	*arch = (struct arch_vcpu){ 0 };
	arch->gpr[REG_A0] = vcpu->id;
	arch->gpr[REG_A1] = arg;
	arch->sepc = entry;
	/* sret takes the new mode from SPP and the new V from SPV (priv 10.1.1, 18.2.1). */
	arch->sstatus = SSTATUS_SPP;
	/* SPVP is the guest mode whose rights our own hlv and hsv use (priv 18.3). */
	arch->hstatus = csr_read(hstatus) | HSTATUS_SPV | HSTATUS_SPVP;
	/* 0 would be a time long past: an interrupt pending from the start. */
	arch->vs.vstimecmp = ~0ul;
}

const char *arch_vcpu_check(const struct vcpu *vcpu)
{
	const struct arch_vcpu *arch = &vcpu->arch;

	if (!(arch->hstatus & HSTATUS_SPV))
		return "hstatus.SPV = 0: sret would stay in HS-mode (priv 18.2.1)";
	if (!(arch->sstatus & SSTATUS_SPP))
		return "sstatus.SPP = 0: sret would go to VU-mode (priv 10.1.1)";
	if ((arch->hstatus & HSTATUS_VSXL_64) != HSTATUS_VSXL_64)
		return "hstatus.VSXL is not 2: VS-mode would not be 64-bit (priv 18.2.1)";
	if (arch->sepc & 1)
		return "sepc is odd: bit 0 reads as zero, the guest would start elsewhere (priv "
		       "10.1.7)";
	if (arch->vs.vsstatus & SSTATUS_SIE)
		return "vsstatus.SIE = 1: a kernel is entered with interrupts off (SBI 2.0, 9.1)";
	if (arch->vs.vsatp)
		return "vsatp is not 0: a kernel is entered with paging off (SBI 2.0, 9.1)";
	return NULL;
}

void arch_vcpu_load(struct vcpu *vcpu)
{
	const struct vs_regs *vs = &vcpu->arch.vs;

	vcpu->arch.host_tp = (u64)this_pcpu();
	csr_write(sscratch, vcpu);
	csr_write(hstatus, vcpu->arch.hstatus);
	csr_write(vsstatus, vs->vsstatus);
	csr_write(vsie, vs->vsie);
	csr_write(vstvec, vs->vstvec);
	csr_write(vsscratch, vs->vsscratch);
	csr_write(vsepc, vs->vsepc);
	csr_write(vscause, vs->vscause);
	csr_write(vstval, vs->vstval);
	csr_write(vsatp, vs->vsatp);
	csr_write(scounteren, vs->scounteren);
	csr_write(senvcfg, vs->senvcfg);
	csr_write(hvip, vs->hvip);
	if (cpu_features.sstc)
		csr_write(vstimecmp, vs->vstimecmp);
	/* Guest time is host time (priv 18.2.7). */
	csr_write(htimedelta, 0);
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	struct vs_regs *vs = &vcpu->arch.vs;

	/* Cleared at each exit and set again at each entry (switch.S). */
	vcpu->arch.hstatus = csr_read(hstatus) | HSTATUS_SPV;
	vs->vsstatus = csr_read(vsstatus);
	vs->vsie = csr_read(vsie);
	vs->vstvec = csr_read(vstvec);
	vs->vsscratch = csr_read(vsscratch);
	vs->vsepc = csr_read(vsepc);
	vs->vscause = csr_read(vscause);
	vs->vstval = csr_read(vstval);
	vs->vsatp = csr_read(vsatp);
	vs->scounteren = csr_read(scounteren);
	vs->senvcfg = csr_read(senvcfg);
	vs->hvip = csr_read(hvip);
	if (cpu_features.sstc) {
		vs->vstimecmp = csr_read(vstimecmp);
		/*
		 * VSTIP is then the comparator's (priv 18.2.3). QEMU shows it in hvip too, and
		 * written back there it would stay for ever.
		 */
		vs->hvip &= ~BIT(IRQ_VSTI);
	}
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
	struct vs_regs saved = vcpu->arch.vs;
	u64 *regs = (u64 *)&vcpu->arch.vs;
	const char *bad = NULL;

	for (u32 p = 0; p < NR_PATTERNS; p++) {
		for (u32 i = 0; i < ARRAY_SIZE(vs_reg_table); i++)
			regs[vs_reg_table[i].index] = pattern(p, i) & vs_reg_table[i].kept;
		arch_vcpu_load(vcpu);
		/* Without Sstc there is no vstimecmp, and memory keeps its value. */
		vcpu->arch.vs = (struct vs_regs){
			.vstimecmp = cpu_features.sstc ? 0 : vcpu->arch.vs.vstimecmp
		};
		arch_vcpu_put(vcpu);
		for (u32 i = 0; i < ARRAY_SIZE(vs_reg_table) && !bad; i++) {
			const struct vs_reg *reg = &vs_reg_table[i];

			if ((regs[reg->index] ^ pattern(p, i)) & reg->kept)
				bad = reg->name;
		}
	}
	vcpu->arch.vs = saved;
	return bad;
}

void arch_vcpu_dump(const struct vcpu *vcpu)
{
	const struct arch_vcpu *arch = &vcpu->arch;
	const u64 *vs = (const u64 *)&arch->vs;

	printf("  pc  %016lx  sstatus %016lx  hstatus %016lx\n", arch->sepc, arch->sstatus,
	       arch->hstatus);
	trap_print_gprs(arch->gpr);
	for (u32 i = 0; i < ARRAY_SIZE(vs_reg_table); i++)
		printf("  %-9s %016lx%s", vs_reg_table[i].name, vs[vs_reg_table[i].index],
		       i % 3 == 2 || i + 1 == ARRAY_SIZE(vs_reg_table) ? "\n" : "");
}

void arch_memory_written(const void *start, u64 size)
{
	/* A hart's fetches see its own stores only behind this (unprivileged ISA, Zifencei). */
	(void)start;
	(void)size;
	__asm__ volatile("fence.i" ::: "memory");
}

u64 arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch.sepc;
}

u64 vcpu_get_gpr(const struct vcpu *vcpu, u32 reg)
{
	return vcpu->arch.gpr[reg % 32];
}

void vcpu_set_gpr(struct vcpu *vcpu, u32 reg, u64 value)
{
	if (reg % 32) /* x0 is always 0 */
		vcpu->arch.gpr[reg % 32] = value;
}
