#include <hv/frame.h>
#include <hv/grade.h>
#include <hv/pcpu.h>
#include <hv/string.h>

#define GRADE_WINDOW 0x30000000ul
#define GRADE_END    0x30002ffcul

static u32 *grade_final_4_code; /* a page that all of the probe's VMs can fetch from */

/*
 * Each ISA's own: a load that the CPU or the memory at the vCPU's pc tells of, one that can't be
 * fetched any more, one that is none; an access to the register, or its neighbours; and what the
 * guest was told of an exception, if any.
 */
#if defined(__riscv)
#include <arch/csr.h>

static void grade_final_4_insn(struct vcpu *vcpu, struct vm_exit *exit, u32 kind, u32 insn)
{
	exit->code = CAUSE_LOAD_GUEST_PAGE;
	csr_write(htinst, kind ? 0 : insn);
	*grade_final_4_code = insn;
	vcpu->arch.sepc = (u64)grade_final_4_code;
	__asm__ volatile("fence.i" ::: "memory");
	tell("  instruction %x, %s", insn, kind ? "in memory" : "in htinst");
}

static void grade_final_4_load(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	static const u16 compressed[] = { 0x4000, 0x6000, 0x4082, 0x6082 };
	u32 insn = (grade_random() & ~0x707f) | grade_below(7) << 12 | 0x03;

	if (i % 4 == 3)
		insn = compressed[grade_below(4)] | (grade_random() & 0x1f7c);
	if (i % 16 == 5)	/* to the zero register */
		insn &= ~0xf80u;
	grade_final_4_insn(vcpu, exit, i % 4, i % 4 ? insn : insn & ~(grade_below(2) * 2));
}

static void grade_final_4_gone(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	(void)i;
	grade_final_4_insn(vcpu, exit, 1, 0x3003);
	vcpu->arch.sepc = 0x10;
}

static void grade_final_4_no_load(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	static const u32 insns[] = { 0x2053007, 0x1000302f, 0x7003, 0x2000 /* c.fld */ };

	grade_final_4_insn(vcpu, exit, 1, insns[i % 4] | 0x280);
}

static void grade_final_4_access(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	static const u16 others[] = { 0x200, 0x241, 0x243, 0x280, 0x600, 0x643, 0x680, 0x140,
				      0xa40 };
	static const u8 forms[] = { 1, 2, 3, 5, 6, 7 };
	u32 csr = i % 4 == 3 ? others[i / 4 % 9] : 0x240;
	u32 registers = grade_random() & 0xf8f80;

	if (i % 5 == 1)		/* swapped with itself */
		registers = (registers & 0xf80) | (registers & 0xf80) << 8;
	if (i % 7 == 1)
		registers &= grade_below(2) ? 0xf80 : 0xf8000;
	exit->code = CAUSE_VIRTUAL;
	exit->insn = csr << 20 | registers | forms[(i + i / 16) % 6] << 12 | 0x73;
	if (i % 16 == 15)	/* hlv.d, hfence.gvma, sret */
		exit->insn = (u32[]){ 0x6c000073 | 4 << 12, 0x62000073, 0x10200073 }[i / 16 % 3];
	vcpu->arch.sepc = grade_random() & ~1ul;
	vcpu->arch.sstatus = i % 6 == 2 ? 0 : SSTATUS_SPP;
	tell("  instruction %x in %s-mode", exit->insn, i % 6 == 2 ? "VU" : "VS");
}

static void grade_final_4_calm(struct vcpu *vcpu)
{
	vcpu->arch.gpr[0] = 0;
	csr_write(vscause, 0);
	csr_write(vstvec, 0x7000);
}

static u64 grade_final_4_exception(struct vcpu *vcpu)
{
	(void)vcpu;
	return csr_read(vscause);
}

#define GRADE_FLAGS(vcpu) 0ul

#elif defined(__aarch64__)
#include <arch/sysreg.h>

static void grade_final_4_insn(struct vcpu *vcpu, struct vm_exit *exit, u64 iss, u32 insn)
{
	exit->code = (u64)EC_DABT_LOWER << 26 | ESR_IL | iss;
	*grade_final_4_code = insn;
	vcpu->arch.spsr = SPSR_EL1H;
	vcpu->arch.elr = (u64)grade_final_4_code;
	tell("  syndrome %lx, instruction %x", exit->code, iss & ISS_ISV ? 0 : insn);
}

static void grade_final_4_load(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	const u64 none = ISS_CM | ISS_S1PTW | ISS_WNR | 0x3f;
	u64 iss = (grade_random() & 0x1ffffff & ~none) | ISS_ISV | FAULT_TRANSLATION | 3;
	u32 size = grade_below(4), opc = 1 + grade_below(size < 2 ? 3 : size == 2 ? 2 : 1);
	u32 insn = 0x38000400 | size << 30 | opc << 22 | (grade_random() & 0x1ffbe0);

	if (i % 16 == 5)	/* to the zero register */
		iss |= 31u << 16;
	/* Not into its own base, and not moved by the stack pointer's. */
	insn = (insn & ~0x3e0u) | grade_below(15) << 5 | (16 + grade_below(15));
	grade_final_4_insn(vcpu, exit, i % 4 == 3 ? FAULT_TRANSLATION | 3 : iss, insn);
}

static void grade_final_4_gone(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	(void)i;
	grade_final_4_insn(vcpu, exit, FAULT_TRANSLATION | 3, 0xf8408420);
	vcpu->arch.elr = 0x3000000000;
}

static void grade_final_4_no_load(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	static const u64 isss[] = { 0, ISS_ISV | ISS_CM, ISS_ISV | ISS_S1PTW, 0 };
	static const u32 insns[] = { 0xa9400820, 0, 0, 0x3dc00020 };	/* ldp, ldr q0 */
	u32 which = i % 4;

	grade_final_4_insn(vcpu, exit, isss[which] | FAULT_TRANSLATION | 3, insns[which]);
}

static void grade_final_4_access(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	/* PMCCNTR_EL0, and: PMXEVTYPER, PMCR, PMCCFILTR, MDRAR, VTTBR_EL2, S3_3_C9_C13_7 */
	static const u32 others[] = { SYSREG_ID(3, 3, 9, 13, 1), SYSREG_ID(3, 3, 9, 12, 0),
				      SYSREG_ID(3, 3, 14, 15, 7), SYSREG_ID(2, 0, 1, 0, 0),
				      SYSREG_ID(3, 4, 2, 1, 0), SYSREG_ID(3, 3, 9, 13, 7) };
	u32 id = i % 4 == 3 ? others[i / 4 % 6] : SYSREG_ID(3, 3, 9, 13, 0);
	u32 rt = i % 5 == 1 ? 31 : grade_below(32);

	exit->code = (u64)EC_SYSREG << 26 | ESR_IL | id | rt << 5 | ((i ^ i / 16) & 1);
	vcpu->arch.elr = grade_random() & ~3ul;
	vcpu->arch.spsr = i % 6 == 2 ? 0 : i % 6 == 3 ? SPSR_EL1T : SPSR_EL1H;
	tell("  syndrome %lx, SPSR %lx", exit->code, vcpu->arch.spsr);
}

static void grade_final_4_calm(struct vcpu *vcpu)
{
	(void)vcpu;
	sysreg_write(esr_el1, 0);
	sysreg_write(vbar_el1, 0x7000);
}

static u64 grade_final_4_exception(struct vcpu *vcpu)
{
	(void)vcpu;
	return sysreg_read(esr_el1);
}

#define GRADE_FLAGS(vcpu) (vcpu)->arch.spsr

#else
#include <arch/traps.h>
#include <arch/x86.h>

static void grade_final_4_insn(struct vcpu *vcpu, u32 prefix, u32 rex, u32 opcode, u32 modrm)
{
	u8 *at = (u8 *)grade_final_4_code;

	vcpu->arch.rip = (u64)at;
	vcpu->arch.exit.walk = false;
	if (prefix)
		*at++ = prefix;
	if (rex)
		*at++ = rex;
	if (opcode > 0xff)
		*at++ = opcode >> 8;
	*at++ = opcode;
	*at++ = modrm;
	tell("  prefixes %x %x, opcode %x, ModRM %x", prefix, rex, opcode, modrm);
}

static void grade_final_4_load(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	/* MOV, MOVZX, MOVSX, MOVSXD; ADD, AND, XOR, CMP, TEST */
	static const u16 opcodes[] = { 0x8a, 0x8b, 0x8b, 0xfb6, 0xfb7, 0xfbe, 0xfbf, 0x63,
				       0x03, 0x22, 0x33, 0x3b, 0x84, 0x85 };
	u32 opcode = opcodes[grade_below(ARRAY_SIZE(opcodes))];
	u32 rex = opcode == 0x63 || i % 3 == 0 ? 0x48 : i % 3 == 1 ? 0x40 : 0;

	exit->code = 0;
	if (rex)
		rex |= grade_below(8);
	grade_final_4_insn(vcpu, i % 5 == 3 ? 0x66 : 0, rex, opcode,
			   grade_below(8) << 3 | grade_below(4));
}

static void grade_final_4_gone(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	(void)i;
	exit->code = 0;
	grade_final_4_insn(vcpu, 0, 0, 0x8b, 0);
	vcpu->arch.rip = 0x3000000000;
}

/* FLD, LOCK ADD, a table walk; and one that reads and writes, which is known late. */
static void grade_final_4_no_load(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	static const u16 opcodes[] = { 0xdd, 0x01, 0x8b, 0x01, 0x80 };
	u32 which = i % 5;

	exit->code = 0;
	grade_final_4_insn(vcpu, which == 1 ? 0xf0 : 0, 0, opcodes[which], 0);
	vcpu->arch.exit.walk = which == 2;
}

static void grade_final_4_access(struct vcpu *vcpu, struct vm_exit *exit, u32 i)
{
	static const u32 others[] = { 0x4000007f, 0x40000081, 0x80, 0x40000000, 0xc0000080 + 0x100,
				      0x4000, 0x44000080 };
	u32 msr = i % 4 == 3 ? others[i / 4 % 7] : 0x40000080;

	exit->insn = (i ^ i / 16) & 1 ? INSN_RDMSR : INSN_WRMSR;
	vcpu->arch.gpr[RCX] = (grade_random() & ~0xfffffffful) | msr;
	vcpu->arch.rip = grade_random() >> 17;
	vcpu->arch.exit.length = 2;
	tell("  %s of %x, rdx %lx, rax %lx", exit->insn == INSN_RDMSR ? "rdmsr" : "wrmsr", msr,
	     vcpu->arch.gpr[RDX], vcpu->arch.gpr[RAX]);
}

static void grade_final_4_calm(struct vcpu *vcpu)
{
	vcpu->arch.rflags = 2 | (grade_random() & 0x8d5);
	state_set(vcpu, cr0, state_get(vcpu, cr0) & ~(u64)CR0_PG);
	state_set(vcpu, cs_access, ACCESS_CODE64);
	state_set(vcpu, event, 0);
	state_set(vcpu, event_error, 0);
}

static u64 grade_final_4_exception(struct vcpu *vcpu)
{
	return state_get(vcpu, event) | state_get(vcpu, event_error) << 32;
}

#define GRADE_FLAGS(vcpu) (vcpu)->arch.rflags
#endif

static gpa_t grade_final_4_key(const struct vcpu *vcpu)
{
	return vcpu->vm->ram_base + vcpu->vm->ram_size - 8 - 8 * vcpu->id;
}

static struct vm *grade_final_4_vm(const char *name, gpa_t ram_base, u64 ram_size)
{
	struct vm *vm = vm_create(name);

	vm->ram_base = ram_base;
	vm->ram_size = ram_size;
	vm_map_linear(vm, virt_to_phys(grade_final_4_code), virt_to_phys(grade_final_4_code),
		      FRAME_SIZE_BYTES, NPT_READ | NPT_WRITE | NPT_EXEC);
	for (u32 i = 0; i < 2; i++) {
		u64 key = grade_random();
		struct vcpu *vcpu = vm_init_vcpu(vm, 16 * MiB, 0);

		vm_write_guest(vm, grade_final_4_key(vcpu), &key, sizeof(key));
	}
	return vm;
}

/* The vCPU's registers by chance, and half of the times its key. */
static void grade_final_4_prepare(struct vcpu *vcpu, u64 *gpr)
{
	u64 key = grade_random();

	vcpu_load(vcpu);
	for (u32 n = 0; n < ARRAY_SIZE(vcpu->arch.gpr); n++)
		vcpu->arch.gpr[n] = grade_random();
	grade_final_4_calm(vcpu);
	memcpy(gpr, vcpu->arch.gpr, sizeof(vcpu->arch.gpr));
	if (grade_below(2))
		vm_write_guest(vcpu->vm, grade_final_4_key(vcpu), &key, sizeof(key));
	key = 0;
	vm_read_guest(vcpu->vm, grade_final_4_key(vcpu), &key, sizeof(key));
	tell("vm %s, vCPU %u, key %lx:", vcpu->vm->name, vcpu->id, key);
}

/* What came of it. A VM that was ended, by whatever report, is as good as refused. */
static void grade_final_4_look(struct vcpu *vcpu, const u64 *gpr, u64 pc, enum exit_result result)
{
	u64 key = 0;

	if (vcpu->vm->ended || result != EXIT_HANDLED) {
		vcpu->vm->ended = false;
		tell("  is refused");
		return;
	}
	for (u32 n = 0; n < ARRAY_SIZE(vcpu->arch.gpr); n++)
		if (vcpu->arch.gpr[n] != gpr[n])
			tell("  register %u becomes %lx", n, vcpu->arch.gpr[n]);
	for (u32 n = 0; n < 2; n++) {
		vm_read_guest(vcpu->vm, grade_final_4_key(vcpu->vm->vcpus[n]), &key, sizeof(key));
		tell("  the key of vCPU %u is %lx", n, key);
	}
	tell("  goes on at pc + %ld, flags %lx, exception %lx", (long)(arch_vcpu_pc(vcpu) - pc),
	     GRADE_FLAGS(vcpu), grade_final_4_exception(vcpu));
}

static void grade_final_4_fault(struct vcpu *vcpu, gpa_t gpa, u32 access,
				void (*insn)(struct vcpu *vcpu, struct vm_exit *exit, u32 i), u32 i)
{
	struct vm_exit exit = { .reason = REASON_NESTED_FAULT, .gpa = gpa, .gva = gpa,
				.access = access };
	u64 gpr[ARRAY_SIZE(vcpu->arch.gpr)];
	enum exit_result result;
	u64 pc;

	grade_final_4_prepare(vcpu, gpr);
	tell("  %s of %lx", access == NPT_READ ? "read" : access == NPT_WRITE ? "write" : "fetch",
	     gpa);
	insn(vcpu, &exit, i);
	pc = arch_vcpu_pc(vcpu);
	result = nested_fault(vcpu, &exit);
	grade_final_4_look(vcpu, gpr, pc, result);
}

static gpa_t grade_final_4_address(u32 i)
{
	switch (i % 12) {
	case 0: /* reaching over the end, or just not */
	case 1:
		return GRADE_END - 1 - grade_below(8);
	case 2: /* around the ends */
		return GRADE_END + grade_below(i % 3 ? 5 : 5000);
	case 3:
		return GRADE_WINDOW - 1 + grade_below(2);
	case 4:
		return GRADE_WINDOW - 1 - grade_below(8);
	case 5: /* far away, the low bits as there */
		return GRADE_WINDOW + grade_below(0x2ff0) + (1ul << (14 + grade_below(24)));
	default:
		return GRADE_WINDOW + grade_below(0x2ff0);
	}
}

static bool grade_final_4_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	*value = (device->base + offset) & (BIT(8 * width - 1) - 1);
	return true;
}

void grade_final_4(void)
{
	static const struct device_ops ops = { .name = "a device", .read = grade_final_4_read };
	struct vm *vms[4];

	grade_final_4_code = phys_to_virt(frame_alloc());
	vms[0] = grade_final_4_vm("one", 8 * GiB + 4096 * grade_below(500),
				  4096 * (2 + grade_below(50)));
	vms[1] = grade_final_4_vm("two", 9 * GiB + 4096 * grade_below(500),
				  4096 * (60 + grade_below(50)));
	vms[2] = grade_final_4_vm("three", 10 * GiB, 0);	/* no RAM: no key */
	vms[3] = grade_final_4_vm("four", GRADE_WINDOW + 4096, 4096 * (3 + grade_below(3)));
	for (u32 i = 0; i < 160; i++) {
		struct vcpu *vcpu = vms[i % 16 == 9 ? 2 : grade_below(2)]->vcpus[grade_below(2)];
		u32 access = i % 16 == 6 ? NPT_WRITE : i % 16 == 14 ? NPT_EXEC : NPT_READ;
		bool inside = i % 16 == 6 || i % 16 == 14 || i % 16 == 9;

		grade_final_4_fault(vcpu, grade_final_4_address(inside ? 11 : i), access,
				    grade_final_4_load, i + i / 8);
	}
	for (u32 i = 0; i < 24; i++)
		grade_final_4_fault(vms[i % 2]->vcpus[i / 2 % 2], grade_final_4_address(11),
				    NPT_READ,
				    i % 6 < 2 ? grade_final_4_gone : grade_final_4_no_load, i);
	for (u32 i = 0; i < 160; i++) {
		struct vcpu *vcpu = vms[i % 16 == 9 ? 2 : grade_below(2)]->vcpus[grade_below(2)];
		struct vm_exit exit = { .reason = REASON_SYSREG };
		u64 gpr[ARRAY_SIZE(vcpu->arch.gpr)];
		enum exit_result result;
		u64 pc;

		grade_final_4_prepare(vcpu, gpr);
		grade_final_4_access(vcpu, &exit, i);
		memcpy(gpr, vcpu->arch.gpr, sizeof(gpr));
		pc = arch_vcpu_pc(vcpu);
		result = arch_sysreg(vcpu, &exit);
		grade_final_4_look(vcpu, gpr, pc, result);
	}
	/* Memory and devices of a VM's own that lie there come first. */
	for (u32 i = 0; i < 3; i++)
		grade_final_4_fault(vms[3]->vcpus[0],
				    GRADE_WINDOW + 4096 * i + 8 * grade_below(500), NPT_READ,
				    grade_final_4_load, i);
	device_create(vms[1], &ops, sizeof(struct device), GRADE_WINDOW + 4096, 4096, 0);
	for (u32 i = 0; i < 4; i++)
		grade_final_4_fault(vms[1]->vcpus[i % 2], GRADE_WINDOW + 4096 + grade_below(4000),
				    NPT_READ, grade_final_4_load, i);
	for (u32 i = 0; i < 4; i++)
		vm_destroy(vms[i]);
	for (u32 what = 10; what < 16; what++)
		grade_guest(what);
}
