// SPDX-License-Identifier: MIT
/*
 * Takes the load or store that faulted apart. Where the hart fills htinst, it holds the instruction
 * in a transformed form (priv 18.6.3); where it is 0, the instruction is read from the guest's
 * memory, through both of its stages. Compressed ones are first rewritten in their 32-bit form.
 */
#include <arch/csr.h>
#include <hv/arch.h>
#include <hv/vcpu.h>

#define OPCODE(insn) ((insn) & 0x7f)
#define OPCODE_LOAD  0x03
#define OPCODE_STORE 0x23
#define FUNCT3(insn) ((insn) >> 12 & 7)
#define RD(insn)     ((insn) >> 7 & 31)
#define RS2(insn)    ((insn) >> 20 & 31)

/* The 32-bit forms with address register and offset left out: what is needed is what is moved. */
#define LOAD(funct3, rd)   ((u32)(funct3) << 12 | (u32)(rd) << 7 | OPCODE_LOAD)
#define STORE(funct3, rs2) ((u32)(funct3) << 12 | (u32)(rs2) << 20 | OPCODE_STORE)
#define WORD   2
#define DOUBLE 3

/*
 * The eight compressed loads and stores of words and doublewords (unprivileged ISA 20240411, 26.3),
 * by quadrant and funct3; 0 for anything else. rd' and rs2' name x8 to x15 in bits 4:2.
 */
static u32 expand(u16 insn)
{
	u32 quadrant = insn & 3, funct3 = insn >> 13;
	u32 prime = 8 + (insn >> 2 & 7), rd = insn >> 7 & 31, rs2 = insn >> 2 & 31;

	switch (quadrant << 4 | funct3) {
	case 0x02: /* c.lw */
		return LOAD(WORD, prime);
	case 0x03: /* c.ld */
		return LOAD(DOUBLE, prime);
	case 0x06: /* c.sw */
		return STORE(WORD, prime);
	case 0x07: /* c.sd */
		return STORE(DOUBLE, prime);
	case 0x22: /* c.lwsp */
		return LOAD(WORD, rd);
	case 0x23: /* c.ldsp */
		return LOAD(DOUBLE, rd);
	case 0x26: /* c.swsp */
		return STORE(WORD, rs2);
	case 0x27: /* c.sdsp */
		return STORE(DOUBLE, rs2);
	default:
		return 0;
	}
}

/* The instruction in its 32-bit form; its true length goes to *length. */
static enum mmio_result instruction(struct vcpu *vcpu, u32 *insn, u32 *length)
{
	u64 htinst = csr_read(htinst);

	/* Bit 1 clear: it was compressed. Bit 0 clear: no instruction of the guest's, see below. */
	if (htinst & 1) {
		*insn = htinst | 2;
		*length = htinst & 2 ? 4 : 2;
		return MMIO_OK;
	}
	/* A pseudoinstruction: the guest's own page-table walk went there. Nothing to emulate. */
	if (htinst)
		return MMIO_UNKNOWN;
	/* Where the fetch faults now, the guest changed its mapping: it will see for itself. */
	if (!vcpu_fetch(vcpu, insn))
		return MMIO_RETRY;
	*length = (*insn & 3) == 3 ? 4 : 2;
	if (*length == 2)
		*insn = expand(*insn);
	return MMIO_OK;
}

enum mmio_result arch_mmio_decode(struct vcpu *vcpu, const struct vm_exit *exit, struct mmio *mmio)
{
	enum mmio_result result;
	u32 insn;

	(void)exit;
	result = instruction(vcpu, &insn, &mmio->insn_length);
	if (result != MMIO_OK)
		return result;

	mmio->width = 1u << (FUNCT3(insn) & 3);
	mmio->write = OPCODE(insn) == OPCODE_STORE;
	if (mmio->write && FUNCT3(insn) <= DOUBLE) {
		mmio->reg = RS2(insn);
		mmio->value = vcpu_get_gpr(vcpu, mmio->reg);
		if (mmio->width < 8)
			mmio->value &= BIT(8 * mmio->width) - 1;
		return MMIO_OK;
	}
	/* funct3 0 to 3 are lb, lh, lw, ld; 4 to 6 their unsigned kin; 7 does not exist. */
	if (OPCODE(insn) == OPCODE_LOAD && FUNCT3(insn) != 7) {
		mmio->reg = RD(insn);
		mmio->sign_extend = FUNCT3(insn) < DOUBLE;
		return MMIO_OK;
	}
	return MMIO_UNKNOWN; /* atomics and floating point, which no driver uses on registers */
}

void arch_mmio_complete(struct vcpu *vcpu, const struct mmio *mmio)
{
	u32 unused_bits = 64 - 8 * mmio->width;

	if (!mmio->write)
		vcpu_set_gpr(vcpu, mmio->reg,
			     mmio->sign_extend
				     ? (u64)((s64)(mmio->value << unused_bits) >> unused_bits)
				     : mmio->value);
	vcpu->arch.sepc += mmio->insn_length;
}
