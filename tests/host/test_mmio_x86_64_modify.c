// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/mmio.c lib/printf.c */
/* STEPS: final */
/* TABLE: mmio_x86_64.py */
/* Instructions that compute with a register of a device. */
#include "mmio_x86_64.h"

/* The instruction finds this value in the device's register. */
static struct mmio modify(u32 bits, const char *bytes, u32 length, u64 value)
{
	struct mmio mmio = decode_at(bits, bytes, length, MMIO_OK);

	CHECK(!mmio.write); /* it begins with a read */
	CHECK_EQUAL(mmio.insn_length, length);
	mmio.value = value;
	written.count = 0;
	arch_mmio_complete(&vcpu, &mmio);
	CHECK_EQUAL(vcpu.arch.rip, PC + length);
	return mmio;
}

#define MODIFY(bits, bytes, value) modify(bits, bytes, sizeof(bytes) - 1, value)
#define FLAGS                      0x8d5 /* OF SF ZF AF PF CF */

TEST(register_of_a_device_is_read_changed_and_written)
{
	vcpu.arch.rflags = 0x202 | FLAGS;
	/* and qword [rax + 0x108], -5 */
	MODIFY(64, "\x48\x83\xa0\x08\x01\x00\x00\xfb", 0x80000000000000ff);
	CHECK(written.count == 1 && written.width == 8);
	CHECK_EQUAL(written.value, 0x80000000000000fb);
	CHECK_EQUAL(vcpu.arch.rflags, 0x202 | 0x80); /* SF; fb has seven ones */
	MODIFY(64, "\x83\x08\x04", 0x10); /* or dword [rax], 4 */
	CHECK(written.count == 1 && written.width == 4 && written.value == 0x14);
	CHECK_EQUAL(vcpu.arch.rflags, 0x202 | 0x4);
	vcpu.arch.gpr[RCX] = PATTERN;
	MODIFY(16, "\x21\x0f", 0x0ff0); /* and [bx], cx */
	CHECK(written.count == 1 && written.width == 2 && written.value == 0x0780);
	MODIFY(32, "\x0f\xba\x2f\x3f", 1); /* bts dword [edi], 63: bit 31 */
	CHECK(written.count == 1 && written.value == 0x80000001);
	CHECK_EQUAL(vcpu.arch.rflags & 1, 0);
}

TEST(comparison_writes_nothing)
{
	MODIFY(64, "\x83\x38\x05", 4); /* cmp dword [rax], 5 */
	CHECK_EQUAL(vcpu.arch.rflags & FLAGS, 0x95); /* CF PF AF SF */
	MODIFY(64, "\xf6\x00\x20", 0xdf); /* test byte [rax], 0x20 */
	CHECK_EQUAL(vcpu.arch.rflags & FLAGS, 0x44); /* ZF PF */
	MODIFY(64, "\x0f\xba\x20\x05", 0x20); /* bt dword [rax], 5 */
	CHECK_EQUAL(vcpu.arch.rflags & FLAGS, 0x45);
	CHECK_EQUAL(written.count, 0);
}

TEST(device_is_an_operand_of_a_register)
{
	vcpu.arch.gpr[RCX] = PATTERN;
	MODIFY(64, "\x02\x2f", 0x90); /* add ch, [rdi] */
	CHECK_EQUAL(vcpu.arch.gpr[RCX], 0x1122334455660788);
	CHECK_EQUAL(vcpu.arch.rflags & FLAGS, 1);
	MODIFY(64, "\x2b\x0f", 0x55660788); /* sub ecx, [rdi] */
	CHECK_EQUAL(vcpu.arch.gpr[RCX], 0);
	CHECK_EQUAL(vcpu.arch.rflags & FLAGS, 0x44);
	CHECK_EQUAL(written.count, 0);
}

TEST(guest_that_changes_what_is_read_only_is_stopped)
{
	written.refused = true;
	MODIFY(64, "\x83\x08\x04", 0x10);
	CHECK(written.count == 1 && killed);
}

TEST(modification_is_over_when_the_next_instruction_comes)
{
	struct mmio mmio;

	DECODE(64, "\x83\x08\x04");
	mmio = DECODE(64, "\x8b\x0f");
	mmio.value = 7;
	arch_mmio_complete(&vcpu, &mmio);
	CHECK(vcpu.arch.gpr[RCX] == 7 && !written.count);
}

TEST(their_neighbours_are_not_emulated)
{
	REFUSED(64, "\xf0\x83\x08\x04"); /* lock or */
	REFUSED(64, "\xf7\x10");	    /* not */
	REFUSED(64, "\xf6\x08\x20");	    /* F6 /1 */
	REFUSED(64, "\x0f\xba\x07\x01");  /* 0F BA /0 */
	REFUSED(64, "\x0f\xab\x07");	    /* bts [rdi], eax */
	REFUSED(64, "\x83\xc8\x04");	    /* or eax, 4 */
	REFUSED(64, "\x0c\x04");	    /* or al, 4 */
	REFUSED(64, "\xff\x07");	    /* inc */
	REFUSED(64, "\xd1\x27");	    /* shl */
	REFUSED(64, "\x82\x08\x04");
	REFUSED(64, "\x06");
}

#ifdef __x86_64__
/* The CPU that runs the test knows how its instructions count, and set flags. */
#define NATIVE(insn, type)                                                                   \
	({                                                                                   \
		type a_ = a;                                                                 \
		__asm__ volatile("push %[flags]\n popfq\n" insn "\n pushfq\n pop %[flags]"   \
				 : "+r"(a_), [flags] "+r"(*flags)                            \
				 : "r"((type)b)                                              \
				 : "cc", "memory");                                          \
		a_;                                                                          \
	})
#define NATIVE_OF_ALL_WIDTHS(insn)                                                           \
	if (!strcmp(name, #insn))                                                            \
		return width == 1 ? NATIVE(#insn " %2, %0", u8) :                            \
		       width == 2 ? NATIVE(#insn " %2, %0", u16) :                           \
		       width == 4 ? NATIVE(#insn " %2, %0", u32) :                           \
				    NATIVE(#insn " %2, %0", u64)
#define NATIVE_BIT_TEST(insn)                                                                \
	if (!strcmp(name, #insn))                                                            \
		return width == 2 ? NATIVE(#insn " %2, %0", u16) :                           \
		       width == 4 ? NATIVE(#insn " %2, %0", u32) :                           \
				    NATIVE(#insn " %2, %0", u64)

static __attribute__((noinline)) u64 native(const char *name, u32 width, u64 a, u64 b, u64 *flags)
{
	NATIVE_OF_ALL_WIDTHS(add);
	NATIVE_OF_ALL_WIDTHS(or);
	NATIVE_OF_ALL_WIDTHS(adc);
	NATIVE_OF_ALL_WIDTHS(sbb);
	NATIVE_OF_ALL_WIDTHS(and);
	NATIVE_OF_ALL_WIDTHS(sub);
	NATIVE_OF_ALL_WIDTHS(xor);
	NATIVE_OF_ALL_WIDTHS(cmp);
	NATIVE_OF_ALL_WIDTHS(test);
	NATIVE_BIT_TEST(bt);
	NATIVE_BIT_TEST(bts);
	NATIVE_BIT_TEST(btr);
	NATIVE_BIT_TEST(btc);
	host_fail(__FILE__, __LINE__, "what is %s?", name);
}

/* The undefined ones left out: AF of logical operations, all but CF and ZF of bit tests. */
static u64 defined_flags(const char *name)
{
	static const char *const logical[] = { "or", "and", "xor", "test" };

	if (name[0] == 'b')
		return 0x41;
	for (u32 i = 0; i < ARRAY_SIZE(logical); i++)
		if (!strcmp(name, logical[i]))
			return 0x8c5;
	return 0x8d5;
}

static void completed(const struct encoding *e, struct mmio *mmio, u64 memory_value)
{
	bool keeps = !strcmp(e->name, "cmp") || !strcmp(e->name, "test") || !strcmp(e->name, "bt");
	u64 other = e->immediate ? e->value : operand(e->reg, e->width);
	u64 a = e->memory_first ? memory_value : other, b = e->memory_first ? other : memory_value;
	u64 flags = 0x202 | (host_random(2) ? 0x8d5 : 0), result, before[16];

	vcpu.arch.rflags = flags;
	memcpy(before, vcpu.arch.gpr, sizeof(before));
	written.count = 0;
	mmio->value = memory_value;
	arch_mmio_complete(&vcpu, mmio);
	result = native(e->name, e->width, a, b, &flags);
	AGREE(!((vcpu.arch.rflags ^ flags) & (defined_flags(e->name) | 0x200)));
	AGREE(written.count == (e->memory_first && !keeps));
	if (written.count)
		AGREE(written.width == e->width && written.value == low_bytes(result, e->width));
	for (u32 i = 0; i < 16; i++)
		if (e->memory_first || keeps || i != e->reg % 16)
			AGREE(vcpu.arch.gpr[i] == before[i]);
	if (!e->memory_first && !keeps) {
		AGREE(operand(e->reg, e->width) == low_bytes(result, e->width));
		AGREE(e->width != 4 || vcpu.arch.gpr[e->reg] >> 32 == 0);
	}
	AGREE(vcpu.arch.rip == PC + e->length);
}

TEST(what_reads_computes_and_writes)
{
	static const u64 corners[] = { 0, 1, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffffff, 0x80000000,
				       ~0ul >> 1, 1ul << 63, ~0ul };
	u32 count = 0;

	for (const struct encoding *e = encodings; e < encodings + ARRAY_SIZE(encodings); e++) {
		for (u32 i = 0; !is_move(e) && i < 2 * ARRAY_SIZE(corners); i++) {
			struct mmio mmio = decode_encoding(e, MMIO_OK);
			u64 value = i < ARRAY_SIZE(corners) ? corners[i] : host_random(~0ul);

			AGREE(mmio.insn_length == e->length && mmio.width == e->width);
			if (!e->immediate)
				vcpu.arch.gpr[e->reg % 16] = corners[host_random(11)];
			mmio = decode_encoding(e, MMIO_OK);
			completed(e, &mmio, low_bytes(value, e->width));
			count++;
		}
	}
	CHECK(count > 3000);
}
#endif
