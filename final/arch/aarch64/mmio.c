// SPDX-License-Identifier: MIT
/*
 * Takes the load or store that faulted apart. For most the CPU has done it: the syndrome says which
 * register, how wide, which way (Arm ARM, ESR_EL2, "ISS encoding for an exception from a Data
 * Abort", ISV). Not for those that also move their base register: these are read from the guest's
 * memory. Pairs and vectors, which no driver uses on registers, are not decoded.
 */
#include <arch/sysreg.h>
#include <hv/arch.h>
#include <hv/vm.h>

/* Load/store register (immediate post-indexed, pre-indexed), general registers  */
#define INDEXED_MASK 0x3f200400
#define INDEXED      0x38000400
#define SIZE(insn)   ((insn) >> 30)
#define OPC(insn)    ((insn) >> 22 & 3)
#define IMM9(insn)   ((s64)(s32)((insn) << 11) >> 23)
#define RN(insn)     ((insn) >> 5 & 31)
#define RT(insn)     ((insn) & 31)
enum { STORE, LOAD, LOAD_SIGNED_64, LOAD_SIGNED_32 };

static void decode_syndrome(u64 iss, struct mmio *mmio)
{
	mmio->width = 1u << ISS_SAS(iss);
	mmio->write = iss & ISS_WNR;
	mmio->reg = ISS_SRT(iss);
	mmio->sign_extend = iss & ISS_SSE;
	mmio->reg_width = iss & ISS_SF ? 8 : 4;
}

static bool decode_indexed(u32 insn, struct mmio *mmio)
{
	if ((insn & INDEXED_MASK) != INDEXED)
		return false;
	/* Signed loads are of what is narrower than the register. */
	if (OPC(insn) >= LOAD_SIGNED_64 && SIZE(insn) + OPC(insn) > 4)
		return false;
	mmio->width = 1u << SIZE(insn);
	mmio->write = OPC(insn) == STORE;
	mmio->reg = RT(insn);
	mmio->sign_extend = OPC(insn) >= LOAD_SIGNED_64;
	mmio->reg_width = OPC(insn) == LOAD_SIGNED_64 || SIZE(insn) == 3 ? 8 : 4;
	mmio->base = RN(insn);
	mmio->base_step = IMM9(insn);
	return true;
}

enum mmio_result arch_mmio_decode(struct vcpu *vcpu, const struct vm_exit *exit, struct mmio *mmio)
{
	u64 iss = ESR_ISS(exit->code);
	u32 insn;

	/* The guest's own table walk went there, or a cache maintenance instruction. */
	if (iss & (ISS_S1PTW | ISS_CM))
		return MMIO_UNKNOWN;
	mmio->insn_length = exit->code & ESR_IL ? 4 : 2;
	if (iss & ISS_ISV) {
		decode_syndrome(iss, mmio);
	} else {
		/* A user mode in AArch32 has another encoding. */
		if (vcpu->arch.spsr & SPSR_AARCH32)
			return MMIO_UNKNOWN;
		/*
		 * Where the fetch faults now, the guest changed its mapping: it will see for
		 * itself.
		 */
		if (!vcpu_fetch(vcpu, &insn))
			return MMIO_RETRY;
		if (!decode_indexed(insn, mmio))
			return MMIO_UNKNOWN;
	}
	if (mmio->write) {
		mmio->value = vcpu_get_gpr(vcpu, mmio->reg);
		if (mmio->width < 8)
			mmio->value &= BIT(8 * mmio->width) - 1;
	}
	return MMIO_OK;
}

/* As a base, number 31 means the stack pointer: of EL1, or of EL0 and of EL1 where it uses that. */
static void move_base(struct vcpu *vcpu, u32 base, s64 step)
{
	if (base < 31)
		vcpu_set_gpr(vcpu, base, vcpu_get_gpr(vcpu, base) + step);
	else if ((vcpu->arch.spsr & SPSR_M) == SPSR_EL1H)
		sysreg_write(sp_el1, sysreg_read(sp_el1) + step);
	else
		sysreg_write(sp_el0, sysreg_read(sp_el0) + step);
}

void arch_mmio_complete(struct vcpu *vcpu, const struct mmio *mmio)
{
	u32 unused_bits = 64 - 8 * mmio->width;
	u64 value = mmio->sign_extend ? (u64)((s64)(mmio->value << unused_bits) >> unused_bits) :
					mmio->value;

	if (mmio->base_step)
		move_base(vcpu, mmio->base, mmio->base_step);
	/* A load into a w register clears the upper half (Arm ARM, "Register names"). */
	if (!mmio->write)
		vcpu_set_gpr(vcpu, mmio->reg, mmio->reg_width == 4 ? (u32)value : value);
	vcpu->arch.elr += mmio->insn_length;
}
