// SPDX-License-Identifier: MIT
/* SOURCES: arch/riscv64/mmio.c */
#include "host.h"
#include <arch/csr.h>
#include <hv/arch.h>
#include <hv/mmio.h>
#include <hv/vcpu.h>

static struct vcpu vcpu;
static u64 htinst;
static u32 memory;          /* at the guest's pc */
static bool readable = true;

bool vcpu_fetch(const struct vcpu *of, u32 *insn)
{
	CHECK(of == &vcpu);
	if (readable)
		*insn = (memory & 3) == 3 ? memory : (u16)memory;
	return readable;
}

u64 vcpu_get_gpr(const struct vcpu *of, u32 reg)
{
	return of->arch.gpr[reg % 32];
}

void vcpu_set_gpr(struct vcpu *of, u32 reg, u64 value)
{
	if (reg % 32)
		of->arch.gpr[reg % 32] = value;
}

u64 host_csr_read(const char *csr)
{
	CHECK(!strcmp(csr, "htinst"));
	return htinst;
}

static struct mmio decode(u32 insn, enum mmio_result expected)
{
	struct vm_exit vm_exit = { 0 };
	struct mmio mmio = { 0 };

	vcpu.arch.sepc = 0x80200000;
	memory = insn;
	CHECK_EQUAL(arch_mmio_decode(&vcpu, &vm_exit, &mmio), expected);
	return mmio;
}

/* As RISC-V's manual spells them: rd or rs2, then what they are at. */
#define LOAD(funct3, rd)   (0x03u | (rd) << 7 | (funct3) << 12 | 6u << 15 | 8u << 20)
#define STORE(funct3, rs2) (0x23u | 8u << 7 | (funct3) << 12 | 6u << 15 | (rs2) << 20)

TEST(loads_of_every_width)
{
	static const struct {
		u32 funct3, width;
		bool sign;
		u64 result;
	} forms[] = {
		{ 0, 1, true, 0xffffffffffffff88 }, { 1, 2, true, 0xffffffffffff9988 },
		{ 2, 4, true, 0xffffffffbbaa9988 }, { 3, 8, false, 0xffeeddccbbaa9988 },
		{ 4, 1, false, 0x88 },		    { 5, 2, false, 0x9988 },
		{ 6, 4, false, 0xbbaa9988 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		struct mmio mmio = decode(LOAD(forms[i].funct3, 11), MMIO_OK);

		CHECK(!mmio.write && mmio.reg == 11 && mmio.insn_length == 4);
		CHECK_EQUAL(mmio.width, forms[i].width);
		mmio.value = 0xffeeddccbbaa9988;
		if (mmio.width < 8)
			mmio.value &= BIT(8 * mmio.width) - 1;
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.gpr[11], forms[i].result);
		CHECK_EQUAL(vcpu.arch.sepc, 0x80200004);
	}
}

TEST(stores_of_every_width)
{
	static const u64 value[] = { 0x88, 0x9988, 0xbbaa9988, 0xffeeddccbbaa9988 };

	vcpu.arch.gpr[13] = 0xffeeddccbbaa9988;
	for (u32 funct3 = 0; funct3 < 4; funct3++) {
		struct mmio mmio = decode(STORE(funct3, 13), MMIO_OK);

		CHECK(mmio.write && mmio.insn_length == 4);
		CHECK_EQUAL(mmio.width, 1u << funct3);
		CHECK_EQUAL(mmio.value, value[funct3]);
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.gpr[13], 0xffeeddccbbaa9988);
		CHECK_EQUAL(vcpu.arch.sepc, 0x80200004);
	}
}

TEST(load_into_x0_changes_nothing)
{
	struct mmio mmio = decode(LOAD(2, 0), MMIO_OK);

	mmio.value = 7;
	arch_mmio_complete(&vcpu, &mmio);
	CHECK_EQUAL(vcpu.arch.gpr[0], 0);
}

/* Assembled by GNU as. */
TEST(compressed_forms)
{
	static const struct {
		u16 insn;
		bool write;
		u32 width, reg;
	} forms[] = {
		{ 0x418c, false, 4, 11 }, /* c.lw a1, 0(a1) */
		{ 0x6398, false, 8, 14 }, /* c.ld a4, 0(a5) */
		{ 0xc18c, true, 4, 11 },  /* c.sw a1, 0(a1) */
		{ 0xe398, true, 8, 14 },  /* c.sd a4, 0(a5) */
		{ 0x4572, false, 4, 10 }, /* c.lwsp a0, 28(sp) */
		{ 0x70a2, false, 8, 1 },  /* c.ldsp ra, 40(sp) */
		{ 0xce2a, true, 4, 10 },  /* c.swsp a0, 28(sp) */
		{ 0xf406, true, 8, 1 },   /* c.sdsp ra, 40(sp) */
	};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		vcpu.arch.gpr[forms[i].reg] = 0x1122334455667788;
		struct mmio mmio = decode(forms[i].insn, MMIO_OK);

		CHECK_EQUAL(mmio.write, forms[i].write);
		CHECK_EQUAL(mmio.width, forms[i].width);
		CHECK_EQUAL(mmio.reg, forms[i].reg);
		CHECK_EQUAL(mmio.insn_length, 2);
		if (mmio.write)
			CHECK_EQUAL(mmio.value, mmio.width == 8 ? 0x1122334455667788 : 0x55667788);
		else
			CHECK_EQUAL(mmio.sign_extend, mmio.width == 4);
	}
}

TEST(htinst_is_taken_where_it_is_filled)
{
	readable = false;
	htinst = LOAD(5, 9) & ~(31u << 15) & 0xfffff; /* offset 0, as the hart writes it */
	struct mmio mmio = decode(0, MMIO_OK);

	CHECK(!mmio.write && mmio.width == 2 && mmio.reg == 9 && mmio.insn_length == 4);
	vcpu.arch.gpr[9] = 0x1234;
	htinst = STORE(0, 9);
	mmio = decode(0, MMIO_OK);
	CHECK(mmio.write && mmio.width == 1 && mmio.value == 0x34 && mmio.insn_length == 4);
}

TEST(htinst_of_a_compressed_instruction_moves_by_two)
{
	readable = false;
	htinst = LOAD(2, 9) & ~2u;
	struct mmio mmio = decode(0, MMIO_OK);

	CHECK(!mmio.write && mmio.width == 4 && mmio.reg == 9 && mmio.sign_extend);
	CHECK_EQUAL(mmio.insn_length, 2);
}

TEST(fault_of_a_page_table_walk_is_not_emulated)
{
	htinst = 0x3000;
	decode(LOAD(2, 9), MMIO_UNKNOWN);
	htinst = 0x3020;
	decode(LOAD(2, 9), MMIO_UNKNOWN);
}

TEST(fetch_that_fails_lets_the_guest_try_again)
{
	readable = false;
	decode(LOAD(2, 9), MMIO_RETRY);
}

TEST(other_instructions_are_not_emulated)
{
	decode(0x0865a62f, MMIO_UNKNOWN); /* amoswap.w */
	decode(0x1005a62f, MMIO_UNKNOWN); /* lr.w */
	decode(0x0005a507, MMIO_UNKNOWN); /* flw */
	decode(0x00a5a027, MMIO_UNKNOWN); /* fsw */
	decode(LOAD(7, 9), MMIO_UNKNOWN);
	decode(STORE(4, 9), MMIO_UNKNOWN);
	decode(STORE(7, 9), MMIO_UNKNOWN);
	decode(0x00000013, MMIO_UNKNOWN); /* nop */
	decode(0x0001, MMIO_UNKNOWN);	  /* c.nop */
	decode(0x0000, MMIO_UNKNOWN);
	decode(0x2000, MMIO_UNKNOWN);	  /* c.fld */
	decode(0xffffffff, MMIO_UNKNOWN);
}
