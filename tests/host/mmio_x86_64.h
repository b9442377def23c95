/* SPDX-License-Identifier: MIT */
/* What arch/x86_64/mmio.c wants of the rest, for the tests of it: a vCPU at some bytes. */
#ifndef MMIO_X86_64_H
#define MMIO_X86_64_H

#include "host.h"
#include <arch/traps.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/device.h>
#include <hv/vm.h>

/* Only the last step knows instructions that read, compute and write. */
#if __has_include(<hv/tree.h>)
#define MODIFIES true
#else
#define MODIFIES false
#endif

#define PC      0x401000ul
#define PATTERN 0x1122334455667788ul

static struct vm vm = { .name = "test" };
static struct vcpu vcpu = { .vm = &vm };
static u8 memory[15]; /* at the guest's pc */
static u32 readable = sizeof(memory);

u32 vcpu_fetch(struct vcpu *of, u8 *buf, u32 size)
{
	CHECK(of == &vcpu);
	if (size > readable)
		size = readable;
	memcpy(buf, memory, size);
	return size;
}

void vcpu_advance(struct vcpu *of, u32 length)
{
	of->arch.rip += length;
}

u64 vcpu_get_gpr(const struct vcpu *of, u32 reg)
{
	return of->arch.gpr[reg % 16];
}

void vcpu_set_gpr(struct vcpu *of, u32 reg, u64 value)
{
	of->arch.gpr[reg % 16] = value;
}

const struct guest_reg guest_regs[NR_GUEST_REGS];

static u64 state_read(const struct vcpu *of, const struct guest_reg *reg)
{
	return ((const u64 *)&of->arch.state)[reg - guest_regs];
}

static const struct virt loaded = { .state_read = state_read };
const struct virt *virt = &loaded;

/* What an instruction writes back to its device. */
static struct {
	u32 count, width;
	u64 value;
	bool refused;
} written;
static bool killed;

static bool device_write(struct device *device, u64 offset, u32 width, u64 value)
{
	CHECK_EQUAL(offset, 0x108);
	written.count++;
	written.width = width;
	written.value = value;
	return !written.refused;
}

struct device *device_find(struct vm *of, gpa_t gpa)
{
	static const struct device_ops ops = { .name = "device", .write = device_write };
	static struct device device = { .ops = &ops, .vm = &vm, .base = 0xfed00000, .size = 1024 };

	CHECK(of == &vm && gpa == 0xfed00108);
	return &device;
}

void vm_kill(struct vcpu *of, const struct vm_exit *exit, const char *why)
{
	CHECK(of == &vcpu && exit->gpa == 0xfed00108);
	killed = true;
}

/* 64-, 32- or 16-bit code */
static void set_mode(u32 bits)
{
	vcpu.arch.state.efer = bits == 64 ? EFER_LME | EFER_LMA : 0;
	vcpu.arch.state.cs_access = bits == 64 ? ACCESS_CODE64 : bits == 32 ? 0xc09b : 0x9b;
}

/* A number in each register that tells which one it is. */
static void fill_registers(void)
{
	for (u32 i = 0; i < 16; i++)
		vcpu.arch.gpr[i] = PATTERN * (2 * i + 1);
}

/* The value of a register that is an operand; 16 and up: AH, CH, DH, BH. */
static u64 operand(u32 reg, u32 width)
{
	u64 value = vcpu.arch.gpr[reg % 16] >> (reg & 16 ? 8 : 0);

	return width < 8 ? value & (BIT(8 * width) - 1) : value;
}

static struct vm_exit vm_exit = { .reason = REASON_NESTED_FAULT, .gpa = 0xfed00108 };

static struct mmio decode(enum mmio_result expected, const char *what)
{
	struct mmio mmio = { 0 };
	enum mmio_result seen;

	vcpu.arch.rip = PC;
	seen = arch_mmio_decode(&vcpu, &vm_exit, &mmio);
	CHECK_SAYING(seen == expected, "%s", what);
	CHECK_EQUAL(vcpu.arch.rip, PC);
	return mmio;
}

static struct mmio decode_at(u32 bits, const char *bytes, u32 length, enum mmio_result expected)
{
	set_mode(bits);
	memset(memory, 0xcc, sizeof(memory));
	memcpy(memory, bytes, length);
	readable = sizeof(memory);
	return decode(expected, "");
}

#define DECODE(bits, bytes)  decode_at(bits, bytes, sizeof(bytes) - 1, MMIO_OK)
#define REFUSED(bits, bytes) decode_at(bits, bytes, sizeof(bytes) - 1, MMIO_UNKNOWN)

#ifdef TABLE
static const struct encoding {
	u8 mode, length;
	const char *bytes;
	const char *name;
	u8 width;
	bool memory_first, is_signed, immediate;
	u8 reg, reg_width;
	u64 value; /* of the immediate */
	const char *text;
} encodings[] = {
#include TABLE
};

static bool is_move(const struct encoding *encoding)
{
	return !strcmp(encoding->name, "mov");
}

static u64 low_bytes(u64 value, u32 width)
{
	return width < 8 ? value & (BIT(8 * width) - 1) : value;
}

/* What follows the instruction is anything. */
static struct mmio decode_encoding(const struct encoding *encoding, enum mmio_result expected)
{
	set_mode(encoding->mode);
	fill_registers();
	for (u32 i = 0; i < sizeof(memory); i++)
		memory[i] = i < encoding->length ? (u8)encoding->bytes[i] : host_random(256);
	return decode(expected, encoding->text);
}

#define AGREE(condition) CHECK_SAYING(condition, "%s (%u bits)", e->text, e->mode)
#endif

#endif
