// SPDX-License-Identifier: MIT
/* SOURCES: arch/aarch64/mmio.c */
#include "host.h"
#include <arch/sysreg.h>
#include <hv/arch.h>
#include <hv/mmio.h>
#include <hv/vcpu.h>

enum { ZERO = 31 };

static struct vcpu vcpu;
static u64 sp_el0, sp_el1;
static u32 memory; /* at the guest's pc */
static bool readable = true;

bool vcpu_fetch(const struct vcpu *of, u32 *insn)
{
	CHECK(of == &vcpu);
	if (readable)
		*insn = memory;
	return readable;
}

u64 vcpu_get_gpr(const struct vcpu *of, u32 reg)
{
	CHECK(reg <= ZERO);
	return reg == ZERO ? 0 : of->arch.gpr[reg];
}

void vcpu_set_gpr(struct vcpu *of, u32 reg, u64 value)
{
	CHECK(reg <= ZERO);
	if (reg != ZERO)
		of->arch.gpr[reg] = value;
}

static u64 *stack_pointer(const char *reg)
{
	if (!strcmp(reg, "sp_el0"))
		return &sp_el0;
	CHECK(!strcmp(reg, "sp_el1"));
	return &sp_el1;
}

u64 host_sysreg_read(const char *reg)
{
	return *stack_pointer(reg);
}

void host_sysreg_write(const char *reg, u64 value)
{
	*stack_pointer(reg) = value;
}

static struct mmio decode(u64 iss, enum mmio_result expected)
{
	struct vm_exit vm_exit = { .code = (u64)EC_DABT_LOWER << 26 | ESR_IL | iss };
	struct mmio mmio = { 0 };

	vcpu.arch.elr = 0x50000000;
	vcpu.arch.spsr = SPSR_EL1H;
	CHECK_EQUAL(arch_mmio_decode(&vcpu, &vm_exit, &mmio), expected);
	return mmio;
}

/* The syndrome as the CPU writes it; the fault status is a translation fault at level 3. */
#define SYNDROME(size, sign, reg, sf, write)                                                 \
	(ISS_ISV | (u64)(size) << 22 | (u64)(sign) << 21 | (u64)(reg) << 16 | (u64)(sf) << 15 | \
	 (u64)(write) << 6 | 7)

TEST(loads_by_their_syndrome)
{
	static const struct {
		u32 size, sign, sf;
		u64 result;
	} forms[] = {
		{ 0, 0, 0, 0x88 },		 { 0, 1, 0, 0xffffff88 },
		{ 0, 1, 1, 0xffffffffffffff88 }, { 1, 0, 0, 0x9988 },
		{ 1, 1, 0, 0xffff9988 },	 { 1, 1, 1, 0xffffffffffff9988 },
		{ 2, 0, 0, 0xbbaa9988 },	 { 2, 1, 1, 0xffffffffbbaa9988 },
		{ 3, 0, 1, 0xffeeddccbbaa9988 },
	};

	readable = false; /* the syndrome tells everything */
	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		u64 iss = SYNDROME(forms[i].size, forms[i].sign, 11, forms[i].sf, 0);
		struct mmio mmio = decode(iss, MMIO_OK);

		CHECK(!mmio.write && mmio.reg == 11);
		CHECK_EQUAL(mmio.width, 1u << forms[i].size);
		mmio.value = 0xffeeddccbbaa9988;
		if (mmio.width < 8)
			mmio.value &= BIT(8 * mmio.width) - 1;
		vcpu.arch.gpr[11] = ~0ul;
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.gpr[11], forms[i].result);
		CHECK_EQUAL(vcpu.arch.elr, 0x50000004);
	}
}

TEST(stores_by_their_syndrome)
{
	static const u64 value[] = { 0x88, 0x9988, 0xbbaa9988, 0xffeeddccbbaa9988 };

	readable = false;
	vcpu.arch.gpr[13] = 0xffeeddccbbaa9988;
	for (u32 size = 0; size < 4; size++) {
		struct mmio mmio = decode(SYNDROME(size, 0, 13, size == 3, 1), MMIO_OK);

		CHECK(mmio.write);
		CHECK_EQUAL(mmio.width, 1u << size);
		CHECK_EQUAL(mmio.value, value[size]);
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.gpr[13], 0xffeeddccbbaa9988);
		CHECK_EQUAL(vcpu.arch.elr, 0x50000004);
	}
}

TEST(register_31_is_zero_and_stays_so)
{
	struct mmio mmio = decode(SYNDROME(2, 0, ZERO, 0, 1), MMIO_OK);

	CHECK_EQUAL(mmio.value, 0);
	mmio = decode(SYNDROME(3, 0, ZERO, 1, 0), MMIO_OK);
	mmio.value = 7;
	sp_el0 = sp_el1 = 0x1000;
	arch_mmio_complete(&vcpu, &mmio);
	CHECK(sp_el0 == 0x1000 && sp_el1 == 0x1000);
}

/* Assembled by GNU as. */
TEST(forms_that_move_their_base_are_read_from_memory)
{
	static const struct {
		u32 insn;
		bool write, sign;
		u32 width, reg, reg_width, base;
		s64 step;
	} forms[] = {
		{ 0xb8404420, false, false, 4, 0, 4, 1, 4 },	 /* ldr w0, [x1], #4 */
		{ 0xf85f8c62, false, false, 8, 2, 8, 3, -8 },	 /* ldr x2, [x3, #-8]! */
		{ 0xf81f8c62, true, false, 8, 2, 8, 3, -8 },	 /* str x2, [x3, #-8]! */
		{ 0xb80107e5, true, false, 4, 5, 4, 31, 16 },	 /* str w5, [sp], #16 */
		{ 0x380014e6, true, false, 1, 6, 4, 7, 1 },	 /* strb w6, [x7], #1 */
		{ 0x78002ce6, true, false, 2, 6, 4, 7, 2 },	 /* strh w6, [x7, #2]! */
		{ 0x384ff528, false, false, 1, 8, 4, 9, 255 },	 /* ldrb w8, [x9], #255 */
		{ 0x78500528, false, false, 2, 8, 4, 9, -256 },	 /* ldrh w8, [x9], #-256 */
		{ 0x3880156a, false, true, 1, 10, 8, 11, 1 },	 /* ldrsb x10, [x11], #1 */
		{ 0x38c0156a, false, true, 1, 10, 4, 11, 1 },	 /* ldrsb w10, [x11], #1 */
		{ 0x7880256a, false, true, 2, 10, 8, 11, 2 },	 /* ldrsh x10, [x11], #2 */
		{ 0x78c0256a, false, true, 2, 10, 4, 11, 2 },	 /* ldrsh w10, [x11], #2 */
		{ 0xb880456a, false, true, 4, 10, 8, 11, 4 },	 /* ldrsw x10, [x11], #4 */
		{ 0xf840843f, false, false, 8, ZERO, 8, 1, 8 },	 /* ldr xzr, [x1], #8 */
		{ 0xb800443f, true, false, 4, ZERO, 4, 1, 4 },	 /* str wzr, [x1], #4 */
	};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		memory = forms[i].insn;
		vcpu_set_gpr(&vcpu, forms[i].reg, 0x1122334455667788);
		vcpu_set_gpr(&vcpu, forms[i].base, 0x9000000);
		sp_el1 = 0x9000000;
		sp_el0 = 0x1000;
		struct mmio mmio = decode(7 | (forms[i].write ? ISS_WNR : 0), MMIO_OK);

		CHECK_EQUAL(mmio.write, forms[i].write);
		CHECK_EQUAL(mmio.sign_extend, forms[i].sign);
		CHECK_EQUAL(mmio.width, forms[i].width);
		CHECK_EQUAL(mmio.reg, forms[i].reg);
		if (mmio.write && mmio.reg != ZERO)
			CHECK_EQUAL(mmio.value, mmio.width == 8 ? 0x1122334455667788 :
							0x55667788 & (BIT(8 * mmio.width) - 1));
		if (!mmio.write)
			CHECK_EQUAL(mmio.reg_width, forms[i].reg_width);
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(forms[i].base == 31 ? sp_el1 : vcpu_get_gpr(&vcpu, forms[i].base),
			    0x9000000 + forms[i].step);
		CHECK_EQUAL(sp_el0, 0x1000);
		CHECK_EQUAL(vcpu.arch.elr, 0x50000004);
	}
}

TEST(stack_pointer_that_moves_is_the_one_in_use)
{
	static const u64 modes[] = { 0 /* EL0 */, SPSR_EL1T };

	memory = 0xb80107e5; /* str w5, [sp], #16 */
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		struct mmio mmio = decode(7 | ISS_WNR, MMIO_OK);

		sp_el0 = 0x9000000;
		sp_el1 = 0x1000;
		vcpu.arch.spsr = modes[i];
		arch_mmio_complete(&vcpu, &mmio);
		CHECK(sp_el0 == 0x9000010 && sp_el1 == 0x1000);
	}
}

TEST(other_instructions_are_not_emulated)
{
	static const u32 insns[] = {
		0x28c10440, /* ldp w0, w1, [x2], #8 */
		0xa9400440, /* ldp x0, x1, [x2] */
		0xa9bf0440, /* stp x0, x1, [x2, #-16]! */
		0x885f7c20, /* ldxr w0, [x1] */
		0x88007c41, /* stxr w0, w1, [x2] */
		0x3cc10420, /* ldr q0, [x1], #16 */
		0xbc404420, /* ldr s0, [x1], #4 */
		0xfc008c20, /* str d0, [x1, #8]! */
		0xb8400820, /* ldtr w0, [x1]: has a syndrome */
		0x4c407020, /* ld1 {v0.16b}, [x1] */
		0xd50b7420, /* dc zva, x0 */
		0xd503201f, /* nop */
		0xf8c00420, 0xf8800420, 0xb8c00420, /* of these classes, and not allocated */
		0, 0xffffffff,
	};

	for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
		memory = insns[i];
		decode(7, MMIO_UNKNOWN);
	}
}

TEST(fault_of_a_page_table_walk_is_not_emulated)
{
	decode(SYNDROME(2, 0, 1, 0, 0) | ISS_S1PTW, MMIO_UNKNOWN);
	decode(ISS_S1PTW | 7, MMIO_UNKNOWN);
}

TEST(cache_maintenance_is_not_emulated)
{
	memory = 0xb8404420;
	decode(ISS_CM | ISS_WNR | 7, MMIO_UNKNOWN);
}

TEST(user_mode_in_aarch32_is_not_read_as_a64)
{
	struct vm_exit vm_exit = { .code = (u64)EC_DABT_LOWER << 26 | ESR_IL | 7 };
	struct mmio mmio = { 0 };

	memory = 0xb8404420;
	vcpu.arch.spsr = SPSR_AARCH32;
	CHECK_EQUAL(arch_mmio_decode(&vcpu, &vm_exit, &mmio), MMIO_UNKNOWN);
}

TEST(fetch_that_fails_lets_the_guest_try_again)
{
	readable = false;
	decode(7, MMIO_RETRY);
}
