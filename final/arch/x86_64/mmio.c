// SPDX-License-Identifier: MIT
/*
 * Takes the load or store that faulted apart. Neither vendor's CPU says more of it than its
 * address, so the instruction is read from the guest's memory and decoded ("SDM" here: volume 2,
 * chapter 2 and appendix A). Decoded are the forms of MOV that a compiler makes of a load or a
 * store, in 64-, 32- and 16-bit code. As the address is known, of its parts only the length counts.
 *
 * Compilers also compute with a register of a device in one instruction, which reads it and may
 * write it back: that is one access for core/, and the write is done here.
 */
#include <arch/traps.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/device.h>
#include <hv/printf.h>
#include <hv/vm.h>

#define MAX_LENGTH 15 /* of an instruction (SDM 2.3.11) */

/* REX (SDM 2.2.1.2): 64-bit operand; bit 3 of the number of ModRM's register */
#define REX_W BIT(3)
#define REX_R BIT(2)

/* Prefixes (SDM 2.1.1): 26 2E 36 3E 64 65, and F2 F3 */
#define IS_SEGMENT(byte) (((byte) & 0xe7) == 0x26 || ((byte) & 0xfe) == 0x64)
#define IS_REPEAT(byte)  (((byte) & 0xfe) == 0xf2)

/* ModRM (SDM 2.1.3) */
#define MOD(modrm) ((modrm) >> 6)
#define REG(modrm) ((modrm) >> 3 & 7)
#define RM(modrm)  ((modrm) & 7)

/* As a register's number, 16 + n means bits 15:8 of register n: AH, CH, DH or BH. */
#define HIGH_BYTE 16

struct insn {
	u8 bytes[MAX_LENGTH];
	u32 fetched; /* how many of them could be read */
	u32 length;  /* and have been taken so far; more than that: some are missing */
	bool long_mode;
	u8 rex; /* 0: none */
	u32 operand_size, address_size; /* in bytes */
	u32 operation;
};

/* As opcodes and ModRM number them (SDM A.2, A.4); group 8 from 16 on. */
enum { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, GROUP_8 = 16, BT = GROUP_8 + 4, BTS, BTR, BTC };

enum {
	LOAD = 0,
	STORE = BIT(0),
	EXTENDS = BIT(1), /* into a register of the operand size */
	SIGNED = BIT(2),
	WIDE = BIT(3),	 /* with REX.W only */
	OFFSET = BIT(4), /* an address instead of ModRM */
	IMMEDIATE = BIT(5),
	MODIFIES = BIT(6),
	SHORT = BIT(7), /* an immediate of one byte */
	OPERATION_SHIFT = 8,
};

static const struct form {
	u16 opcode; /* 0x0f00 + n: of two bytes, 0F n */
	u8 width;   /* of the memory operand in bytes; 0: the operand size */
	u16 flags;
} forms[] = {
	{ 0x88, 1, STORE }, /* MOV r/m, r */
	{ 0x89, 0, STORE },
	{ 0x8a, 1, LOAD }, /* MOV r, r/m */
	{ 0x8b, 0, LOAD },
	{ 0xa0, 1, LOAD | OFFSET }, /* MOV of AL to RAX, the address follows */
	{ 0xa1, 0, LOAD | OFFSET },
	{ 0xa2, 1, STORE | OFFSET },
	{ 0xa3, 0, STORE | OFFSET },
	{ 0xc6, 1, STORE | IMMEDIATE }, /* MOV r/m, immediate */
	{ 0xc7, 0, STORE | IMMEDIATE },
	{ 0x0fb6, 1, LOAD | EXTENDS }, /* MOVZX */
	{ 0x0fb7, 2, LOAD | EXTENDS },
	{ 0x0fbe, 1, LOAD | EXTENDS | SIGNED }, /* MOVSX */
	{ 0x0fbf, 2, LOAD | EXTENDS | SIGNED },
	{ 0x63, 4, LOAD | EXTENDS | SIGNED | WIDE }, /* MOVSXD; ARPL outside of 64-bit code */
	{ 0x00, 1, MODIFIES | STORE }, /* ADD, and by bits 5:3 its seven kin */
	{ 0x01, 0, MODIFIES | STORE },
	{ 0x02, 1, MODIFIES },
	{ 0x03, 0, MODIFIES },
	{ 0x80, 1, MODIFIES | STORE | IMMEDIATE }, /* the same eight, with an immediate */
	{ 0x81, 0, MODIFIES | STORE | IMMEDIATE },
	{ 0x83, 0, MODIFIES | STORE | IMMEDIATE | SHORT },
	{ 0x84, 1, MODIFIES | STORE | TEST << OPERATION_SHIFT },
	{ 0x85, 0, MODIFIES | STORE | TEST << OPERATION_SHIFT },
	{ 0xf6, 1, MODIFIES | STORE | IMMEDIATE | TEST << OPERATION_SHIFT }, /* and NOT and others */
	{ 0xf7, 0, MODIFIES | STORE | IMMEDIATE | TEST << OPERATION_SHIFT },
	{ 0x0fba, 0, MODIFIES | STORE | IMMEDIATE | SHORT | GROUP_8 << OPERATION_SHIFT }, /* BT, … */
};

static u64 low_bytes(u64 value, u32 width)
{
	return width < 8 ? value & (BIT(8 * width) - 1) : value;
}

static u64 sign_extended(u64 value, u32 width)
{
	u32 unused_bits = 64 - 8 * width;

	return (u64)((s64)(value << unused_bits) >> unused_bits);
}

/* The next bytes as a number; 0 for those that are missing. */
static u64 take(struct insn *insn, u32 size)
{
	u64 value = 0;

	for (u32 i = 0; i < size; i++, insn->length++)
		if (insn->length < insn->fetched)
			value |= (u64)insn->bytes[insn->length] << 8 * i;
	return value;
}

/* The sizes without a prefix (SDM volume 1, 3.6). CS.L counts in long mode only. */
static void default_sizes(struct vcpu *vcpu, struct insn *insn)
{
	u64 access = state_get(vcpu, cs_access);

	insn->long_mode = (access & ACCESS_LONG) && (state_get(vcpu, efer) & EFER_LMA);
	insn->operand_size = insn->long_mode || (access & ACCESS_BIG) ? 4 : 2;
	insn->address_size = insn->long_mode ? 8 : insn->operand_size;
}

/*
 * Takes all prefixes and returns the byte behind them (SDM 2.1.1). F2 and F3 mean nothing to our
 * forms, or a hint. LOCK makes any of them invalid, so it is not known here.
 */
static u8 take_prefixes(struct insn *insn)
{
	u32 other_operand = insn->operand_size == 4 ? 2 : 4;
	u32 other_address = insn->address_size == 4 ? 2 : 4;
	u8 byte;

	for (;;) {
		byte = take(insn, 1);
		if (insn->long_mode && (byte & 0xf0) == 0x40) {
			insn->rex = byte;
			continue;
		}
		if (byte == 0x66)
			insn->operand_size = other_operand;
		else if (byte == 0x67)
			insn->address_size = other_address;
		else if (!IS_SEGMENT(byte) && !IS_REPEAT(byte))
			break;
		insn->rex = 0; /* counts only right before the opcode (SDM 2.2.1) */
	}
	if (insn->rex & REX_W)
		insn->operand_size = 8;
	return byte;
}

static const struct form *take_opcode(struct insn *insn)
{
	u16 opcode = take_prefixes(insn);

	if (opcode == 0x0f)
		opcode = 0x0f00 | take(insn, 1);
	if (opcode < 8 * 8) {
		insn->operation = opcode >> 3;
		opcode &= 7;
	}
	for (u32 i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].opcode == opcode) {
			insn->operation |= forms[i].flags >> OPERATION_SHIFT;
			return &forms[i];
		}
	return NULL;
}

/* ModRM, with the SIB byte and displacement that it calls for (SDM 2.1.5). */
static u8 take_modrm(struct insn *insn)
{
	u8 modrm = take(insn, 1), base = RM(modrm);
	bool wide = insn->address_size > 2;

	if (MOD(modrm) == 3)
		return modrm;
	if (wide && base == 4)
		base = RM(take(insn, 1)); /* of SIB, whose low bits are the base too */
	if (MOD(modrm) == 1)
		take(insn, 1);
	else if (MOD(modrm) == 2 || base == (wide ? 5 : 6))
		take(insn, wide ? 4 : 2); /* with mod = 0: no base, or RIP */
	return modrm;
}

/* Everything behind the opcode. False where that isn't an access to memory. */
static bool take_operands(struct insn *insn, const struct form *form, struct mmio *mmio)
{
	u8 modrm = 0;

	if (form->flags & OFFSET)
		take(insn, insn->address_size);
	else
		modrm = take_modrm(insn);
	if (MOD(modrm) == 3 || ((form->flags & WIDE) && !(insn->rex & REX_W)))
		return false;

	mmio->write = form->flags & STORE;
	mmio->sign_extend = form->flags & SIGNED;
	mmio->width = form->width ? form->width : insn->operand_size;
	mmio->reg_width = form->flags & EXTENDS ? insn->operand_size : mmio->width;
	if (form->flags & IMMEDIATE) {
		u32 size = form->flags & SHORT ? 1 : mmio->width < 4 ? mmio->width : 4;

		mmio->value = sign_extended(take(insn, size), size);
		insn->operation |= REG(modrm);
		if (form->flags & MODIFIES)
			return insn->operation <= TEST || insn->operation >= BT;
		return REG(modrm) == 0; /* the others are no MOV (SDM A.4) */
	}
	mmio->reg = REG(modrm) | (insn->rex & REX_R ? 8 : 0);
	/* Any REX makes SPL to DIL of these (SDM 2.2.1.2). */
	if (mmio->reg_width == 1 && !insn->rex && mmio->reg >= RSP)
		mmio->reg = HIGH_BYTE | (mmio->reg & 3);
	return true;
}

static void report(const struct vcpu *vcpu, const struct insn *insn)
{
	printf("\nladder: vm %s: at %lx:", vcpu->vm->name, vcpu->arch.rip);
	for (u32 i = 0; i < insn->fetched; i++)
		printf(" %02x", insn->bytes[i]);
}

static u64 get_operand(const struct vcpu *vcpu, u32 reg)
{
	return vcpu_get_gpr(vcpu, reg) >> (reg & HIGH_BYTE ? 8 : 0);
}

/* One or two bytes leave the others alone, four clear those above (SDM volume 1, 3.4.1.1). */
static void set_operand(struct vcpu *vcpu, u32 reg, u32 width, u64 value)
{
	u32 shift = reg & HIGH_BYTE ? 8 : 0;
	u64 kept = width < 4 ? ~(low_bytes(~0ul, width) << shift) : 0;

	vcpu_set_gpr(vcpu, reg,
		     (vcpu_get_gpr(vcpu, reg) & kept) | low_bytes(value, width) << shift);
}

/* Arithmetic flags (SDM volume 1, 3.4.3.1) */
enum { CF = BIT(0), PF = BIT(2), AF = BIT(4), ZF = BIT(6), SF = BIT(7), OF = BIT(11) };

#define ODD_NIBBLES 0x6996 /* bit n: n has an odd number of ones */

/*
 * a and b are zero-extended. Flags follow from the carry, or borrow, out of each bit. Those that
 * the manual leaves undefined (AF of logical operations) become 0.
 */
static u64 compute(u32 operation, u64 a, u64 b, u32 width, u64 *rflags)
{
	u64 carries = 0, result, top = BIT(8 * width - 1);
	bool with_carry = (operation == ADC || operation == SBB) && (*rflags & CF);

	switch (operation) {
	case ADD:
	case ADC:
		result = a + b + with_carry;
		carries = (a & b) | ((a | b) & ~result);
		break;
	case SUB:
	case SBB:
	case CMP:
		result = a - b - with_carry;
		carries = (~a & b) | ((~a | b) & result);
		break;
	case OR:
		result = a | b;
		break;
	case XOR:
		result = a ^ b;
		break;
	default: /* AND, TEST */
		result = a & b;
	}
	*rflags &= ~(u64)(CF | PF | AF | ZF | SF | OF);
	*rflags |= carries & top ? CF : 0;
	*rflags |= ODD_NIBBLES >> ((result ^ result >> 4) & 15) & 1 ? 0 : PF;
	*rflags |= carries & 8 ? AF : 0;
	*rflags |= low_bytes(result, width) ? 0 : ZF;
	*rflags |= result & top ? SF : 0;
	*rflags |= (carries ^ carries << 1) & top ? OF : 0;
	return low_bytes(result, width);
}

/* Changes CF only. */
static u64 compute_bit(u32 operation, u64 value, u64 bit, u64 *rflags)
{
	*rflags = (*rflags & ~(u64)CF) | (value & bit ? CF : 0);
	return operation == BTS ? value | bit : operation == BTR ? value & ~bit : value ^ bit;
}

static bool write_back(struct vm *vm, gpa_t gpa, u32 width, u64 value)
{
	struct device *device = device_find(vm, gpa);

	return device && device->ops->write &&
	       device->ops->write(device, gpa - device->base, width, value);
}

/* core/ is to read; the value that a store would have is our second operand. */
static void begin_modification(struct vcpu *vcpu, const struct vm_exit *exit,
			       const struct insn *insn, struct mmio *mmio)
{
	vcpu->arch.modification = (struct modification){
		.exit = exit,
		.operation = insn->operation,
		.to_memory = mmio->write,
		.operand = mmio->value,
	};
	mmio->write = false;
}

static void end_modification(struct vcpu *vcpu, const struct mmio *mmio)
{
	const struct modification *m = &vcpu->arch.modification;
	u64 *rflags = &vcpu->arch.rflags, result;

	if (m->operation >= BT)
		result = compute_bit(m->operation, mmio->value,
				     BIT(m->operand % (8 * mmio->width)), rflags);
	else if (m->to_memory)
		result = compute(m->operation, mmio->value, m->operand, mmio->width, rflags);
	else
		result = compute(m->operation, m->operand, mmio->value, mmio->width, rflags);
	if (m->operation == CMP || m->operation == TEST || m->operation == BT)
		return;
	if (!m->to_memory)
		set_operand(vcpu, mmio->reg, mmio->width, result);
	else if (!write_back(vcpu->vm, m->exit->gpa, mmio->width, result))
		vm_kill(vcpu, m->exit, "a register that it changes can't be written");
}

enum mmio_result arch_mmio_decode(struct vcpu *vcpu, const struct vm_exit *exit, struct mmio *mmio)
{
	struct insn insn = { 0 };
	const struct form *form;
	bool decoded;

	/* The guest's own table walk went there. */
	if (vcpu->arch.exit.walk)
		return MMIO_UNKNOWN;
	insn.fetched = vcpu_fetch(vcpu, insn.bytes, MAX_LENGTH);
	default_sizes(vcpu, &insn);
	form = take_opcode(&insn);
	decoded = form && take_operands(&insn, form, mmio);
	/* Where the fetch faults now, the guest changed its mapping: it will see for itself. */
	if (insn.length > insn.fetched && insn.fetched < MAX_LENGTH)
		return MMIO_RETRY;
	if (!decoded || insn.length > MAX_LENGTH) {
		report(vcpu, &insn);
		return MMIO_UNKNOWN;
	}
	mmio->insn_length = insn.length;
	if (mmio->write || (form->flags & MODIFIES)) {
		if (!(form->flags & IMMEDIATE))
			mmio->value = get_operand(vcpu, mmio->reg);
		mmio->value = low_bytes(mmio->value, mmio->width);
	}
	vcpu->arch.modification.exit = NULL;
	if (form->flags & MODIFIES)
		begin_modification(vcpu, exit, &insn, mmio);
	return MMIO_OK;
}

void arch_mmio_complete(struct vcpu *vcpu, const struct mmio *mmio)
{
	if (vcpu->arch.modification.exit)
		end_modification(vcpu, mmio);
	else if (!mmio->write)
		set_operand(vcpu, mmio->reg, mmio->reg_width,
			    mmio->sign_extend ? sign_extended(mmio->value, mmio->width) :
						mmio->value);
	/* A VM that has been stopped here has its registers in memory again. */
	if (!vcpu->vm->ended)
		vcpu_advance(vcpu, mmio->insn_length);
}
