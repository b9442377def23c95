// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/mmio.c lib/printf.c */
#include "mmio_x86_64.h"

TEST(stores_of_every_width)
{
	static const u64 value[] = { 0x88, 0x7788, 0x55667788, PATTERN };
	static const char *const insns[] = { "\x88\x0f", "\x66\x89\x0f", "\x89\x0f",
					     "\x48\x89\x0f" };

	for (u32 i = 0; i < 4; i++) {
		u32 length = strlen(insns[i]);

		vcpu.arch.gpr[RCX] = PATTERN;
		struct mmio mmio = decode_at(64, insns[i], length, MMIO_OK);

		CHECK(mmio.write && mmio.reg == RCX);
		CHECK_EQUAL(mmio.width, 1u << i);
		CHECK_EQUAL(mmio.value, value[i]);
		CHECK_EQUAL(mmio.insn_length, length);
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.gpr[RCX], PATTERN);
		CHECK_EQUAL(vcpu.arch.rip, PC + length);
	}
}

/* Bytes and words are merged, 32 bits clear the upper half (SDM volume 1, 3.4.1.1). */
TEST(what_a_load_leaves_of_its_register)
{
	static const struct {
		const char *bytes;
		u64 result;
	} forms[] = {
		{ "\x8a\x0f", 0x11223344556677f8 },
		{ "\x66\x8b\x0f", 0x112233445566e9f8 },
		{ "\x8b\x0f", 0xcbdae9f8 },
		{ "\x48\x8b\x0f", 0x8f9eadbccbdae9f8 },
		{ "\x66\x0f\xb6\x0f", 0x11223344556600f8 }, /* movzx cx, byte */
		{ "\x0f\xb6\x0f", 0xf8 },
		{ "\x48\x0f\xb6\x0f", 0xf8 },
		{ "\x0f\xb7\x0f", 0xe9f8 },
		{ "\x48\x0f\xb7\x0f", 0xe9f8 },
		{ "\x66\x0f\xbe\x0f", 0x112233445566fff8 }, /* movsx cx, byte */
		{ "\x0f\xbe\x0f", 0xfffffff8 },
		{ "\x48\x0f\xbe\x0f", 0xfffffffffffffff8 },
		{ "\x0f\xbf\x0f", 0xffffe9f8 },
		{ "\x48\x0f\xbf\x0f", 0xffffffffffffe9f8 },
		{ "\x48\x63\x0f", 0xffffffffcbdae9f8 }, /* movsxd */
	};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		u32 length = strlen(forms[i].bytes);
		struct mmio mmio = decode_at(64, forms[i].bytes, length, MMIO_OK);

		CHECK(!mmio.write);
		CHECK_EQUAL(mmio.insn_length, length);
		mmio.value = 0x8f9eadbccbdae9f8;
		if (mmio.width < 8)
			mmio.value &= BIT(8 * mmio.width) - 1;
		vcpu.arch.gpr[RCX] = PATTERN;
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.gpr[RCX], forms[i].result);
		CHECK_EQUAL(vcpu.arch.rip, PC + length);
	}
}

TEST(high_byte_registers_are_there_without_rex_only)
{
	struct mmio mmio;

	vcpu.arch.gpr[RAX] = PATTERN;
	vcpu.arch.gpr[RSP] = 0x99;
	mmio = DECODE(64, "\x88\x27"); /* mov [rdi], ah */
	CHECK_EQUAL(mmio.value, 0x77);
	mmio = DECODE(64, "\x40\x88\x27"); /* mov [rdi], spl */
	CHECK_EQUAL(mmio.value, 0x99);
	mmio = DECODE(64, "\x8a\x27"); /* mov ah, [rdi] */
	mmio.value = 0xab;
	arch_mmio_complete(&vcpu, &mmio);
	CHECK_EQUAL(vcpu.arch.gpr[RAX], 0x112233445566ab88);
	CHECK_EQUAL(vcpu.arch.gpr[RSP], 0x99);
	/* What is extended goes to a register of full width: esp, not ah. */
	mmio = DECODE(64, "\x0f\xb6\x27");
	mmio.value = 0xab;
	arch_mmio_complete(&vcpu, &mmio);
	CHECK_EQUAL(vcpu.arch.gpr[RAX], 0x112233445566ab88);
	CHECK_EQUAL(vcpu.arch.gpr[RSP], 0xab);
}

TEST(immediates_are_sign_extended)
{
	CHECK_EQUAL(DECODE(64, "\x48\xc7\x07\xfe\xff\xff\xff").value, 0xfffffffffffffffe);
	CHECK_EQUAL(DECODE(64, "\x48\xc7\x07\xfe\xff\xff\x7f").value, 0x7ffffffe);
	CHECK_EQUAL(DECODE(64, "\xc7\x07\xfe\xff\xff\xff").value, 0xfffffffe);
	CHECK_EQUAL(DECODE(64, "\x66\xc7\x07\xfe\xff").value, 0xfffe);
	CHECK_EQUAL(DECODE(64, "\xc6\x07\xfe").value, 0xfe);
	CHECK_EQUAL(DECODE(16, "\xc7\x07\xfe\xff").value, 0xfffe);
	/* Behind a displacement from RIP. */
	CHECK_EQUAL(DECODE(64, "\xc7\x05\x01\x02\x03\x04\x44\x33\x22\x11").value, 0x11223344);
}

TEST(addresses_in_the_instruction)
{
	struct mmio mmio;

	vcpu.arch.gpr[RAX] = PATTERN;
	mmio = DECODE(64, "\xa2\x20\x00\xe0\xfe\x00\x00\x00\x00");
	CHECK(mmio.write && mmio.width == 1 && mmio.value == 0x88 && mmio.insn_length == 9);
	mmio = DECODE(64, "\x48\xa1\x20\x00\xe0\xfe\x00\x00\x00\x00");
	CHECK(!mmio.write && mmio.width == 8 && mmio.reg == RAX && mmio.insn_length == 10);
	mmio = DECODE(64, "\x67\xa1\x20\x00\xe0\xfe");
	CHECK(!mmio.write && mmio.width == 4 && mmio.insn_length == 6);
	mmio = DECODE(32, "\xa3\x20\x00\xe0\xfe");
	CHECK(mmio.write && mmio.width == 4 && mmio.value == 0x55667788 && mmio.insn_length == 5);
	mmio = DECODE(16, "\xa1\x20\x00");
	CHECK(!mmio.write && mmio.width == 2 && mmio.insn_length == 3);
	mmio = DECODE(16, "\x66\x67\xa1\x20\x00\x00\x00");
	CHECK(!mmio.write && mmio.width == 4 && mmio.insn_length == 7);
}

TEST(mode_gives_the_sizes)
{
	CHECK_EQUAL(DECODE(64, "\x8b\x07").width, 4);
	CHECK_EQUAL(DECODE(32, "\x8b\x07").width, 4);
	CHECK_EQUAL(DECODE(16, "\x8b\x07").width, 2);
	CHECK_EQUAL(DECODE(16, "\x66\x8b\x07").width, 4);
	CHECK_EQUAL(DECODE(32, "\x66\x8b\x07").width, 2);
	/* [0x12345678], and [di + 0x5678] where addresses have 16 bits */
	CHECK_EQUAL(DECODE(32, "\x8b\x05\x78\x56\x34\x12").insn_length, 6);
	CHECK_EQUAL(DECODE(32, "\x67\x8b\x85\x78\x56").insn_length, 5);
	CHECK_EQUAL(DECODE(16, "\x8b\x05").insn_length, 2);
	CHECK_EQUAL(DECODE(16, "\x8b\x06\x78\x56").insn_length, 4);
	CHECK_EQUAL(DECODE(16, "\x8b\x04").insn_length, 2);
	CHECK_EQUAL(DECODE(16, "\x67\x8b\x04\x24").insn_length, 4);
	/* CS.L counts in long mode only. */
	set_mode(64);
	vcpu.arch.state.efer = 0;
	memcpy(memory, "\x8b\x07", 2);
	CHECK_EQUAL(decode(MMIO_OK, "").width, 2);
	memcpy(memory, "\x48\x8b\x07", 3); /* dec eax */
	decode(MMIO_UNKNOWN, "");
}

TEST(prefixes)
{
	/* A REX counts right before the opcode only, and wins over 66. */
	CHECK_EQUAL(DECODE(64, "\x48\x66\x8b\x07").width, 2);
	CHECK_EQUAL(DECODE(64, "\x66\x48\x8b\x07").width, 8);
	CHECK_EQUAL(DECODE(64, "\x48\x40\x8b\x07").width, 4);
	CHECK_EQUAL(DECODE(64, "\x44\x40\x8b\x07").reg, RAX);
	CHECK_EQUAL(DECODE(64, "\x44\x8b\x07").reg, R8);
	/* Given twice they are the same. */
	CHECK_EQUAL(DECODE(64, "\x66\x66\x8b\x07").width, 2);
	CHECK_EQUAL(DECODE(64, "\x67\x67\x8b\x04\x25\x01\x02\x03\x04").insn_length, 9);
	CHECK_EQUAL(DECODE(64, "\x65\x8b\x04\x25\x01\x02\x03\x04").insn_length, 8);
	CHECK_EQUAL(DECODE(64, "\xf3\xc7\x07\x01\x02\x03\x04").insn_length, 7); /* xrelease */
	REFUSED(64, "\xf0\x89\x07"); /* lock mov: #UD */
}

/* 15 bytes are an instruction, 16 are none. */
TEST(longest_instruction)
{
	CHECK_EQUAL(DECODE(64, "\x2e\x2e\x2e\x2e\x2e\xc7\x05\x01\x02\x03\x04\x44\x33\x22\x11")
			    .insn_length, 15);
	REFUSED(64, "\x2e\x2e\x2e\x2e\x2e\x2e\xc7\x05\x01\x02\x03\x04\x44\x33\x22");
	REFUSED(64, "\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e");
}

TEST(fetch_that_fails_lets_the_guest_try_again)
{
	DECODE(64, "\x48\xc7\x84\x24\x01\x02\x03\x04\x44\x33\x22\x11");
	for (readable = 0; readable < 12; readable++)
		decode(MMIO_RETRY, "");
	decode(MMIO_OK, "");
	DECODE(64, "\x0f\xb6\x07");
	readable = 1;
	decode(MMIO_RETRY, "");
	CHECK(!*host_console());
}

TEST(fault_of_a_page_table_walk_is_not_emulated)
{
	vcpu.arch.exit.walk = true;
	REFUSED(64, "\x8b\x07");
	CHECK(!*host_console());
}

TEST(other_instructions_are_reported_by_their_bytes)
{
	REFUSED(64, "\xc7\x4f\x08\x01\x02\x03\x04"); /* C7 /1 */
	CHECK(!strcmp(host_console(), "\nladder: vm test: at 401000: "
				      "c7 4f 08 01 02 03 04 cc cc cc cc cc cc cc cc"));
	REFUSED(64, "\xc6\xf8\x01");	     /* xabort */
	REFUSED(64, "\x89\xc8");	     /* mov eax, ecx: no memory */
	REFUSED(64, "\x63\x07");	     /* movsxd without REX.W */
	REFUSED(32, "\x63\x07");	     /* arpl */
	REFUSED(64, "\x87\x07");	     /* xchg */
	REFUSED(64, "\xa5");		     /* movsd */
	REFUSED(64, "\xab");		     /* stosd */
	REFUSED(64, "\xff\x37");	     /* push [rdi] */
	REFUSED(64, "\x0f\xb1\x0f");	     /* cmpxchg */
	REFUSED(64, "\x0f\xc3\x0f");	     /* movnti */
	REFUSED(64, "\x0f\xae\x3f");	     /* clflush */
	REFUSED(64, "\x0f\x11\x07");	     /* movups */
	REFUSED(64, "\xc5\xf8\x11\x07");     /* vmovups */
	REFUSED(64, "\x62\xf1\x7c\x48\x11\x07"); /* its 512-bit kin */
	REFUSED(64, "\x0f\x38\xf0\x07");     /* movbe */
	REFUSED(64, "\x8e\x07");	     /* mov es, [rdi] */
	REFUSED(64, "\x8c\x07");	     /* mov [rdi], es */
	REFUSED(64, "\xc4\x07");
	REFUSED(32, "\xc5\x07"); /* lds */
}

/* Whatever a guest executes there: no more than 15 bytes, no register that is not there. */
TEST(random_bytes)
{
	static const u32 modes[] = { 64, 32, 16 };
	u32 seen[3] = { 0 };

	for (u32 turn = 0; turn < 300000; turn++) {
		struct mmio mmio = { 0 };
		enum mmio_result result;

		if (turn % 1000 == 0)
			host_console();
		set_mode(modes[host_random(3)]);
		for (u32 i = 0; i < sizeof(memory); i++)
			memory[i] = host_random(4) ? host_random(256) :
						     "\x66\x67\x48\x0f\x8b\xc7\xf2\x80"[host_random(8)];
		readable = host_random(4) ? sizeof(memory) : host_random(sizeof(memory));
		vcpu.arch.rip = PC;
		result = arch_mmio_decode(&vcpu, &vm_exit, &mmio);
		seen[result]++;
		if (result != MMIO_OK) {
			CHECK(result == MMIO_UNKNOWN || readable < sizeof(memory));
			continue;
		}
		CHECK(mmio.insn_length >= 2 && mmio.insn_length <= readable);
		CHECK(mmio.width == 1 || mmio.width == 2 || mmio.width == 4 || mmio.width == 8);
		CHECK(mmio.reg < 20 && (mmio.reg < 16 || mmio.width == 1));
		if (mmio.write && mmio.width < 8)
			CHECK_EQUAL(mmio.value >> 8 * mmio.width, 0);
		if (!mmio.write)
			CHECK(mmio.reg_width >= mmio.width && mmio.reg_width <= 8);
		arch_mmio_complete(&vcpu, &mmio);
		CHECK_EQUAL(vcpu.arch.rip, PC + mmio.insn_length);
		CHECK(!killed);
	}
	CHECK(seen[MMIO_OK] > 1000 && seen[MMIO_RETRY] > 1000 && seen[MMIO_UNKNOWN] > 1000);
}
