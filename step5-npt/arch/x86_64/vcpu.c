// SPDX-License-Identifier: MIT
#include <arch/cpu.h>
#include <arch/traps.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/printf.h>
#include <hv/vcpu.h>

struct pcpu *arch_pcpus[8];

const struct guest_reg guest_regs[NR_GUEST_REGS] = {
#define GUEST_REG(reg, vmcs, vmcb, bits) { #reg, vmcs, vmcb, bits },
	GUEST_STATE(GUEST_REG)
};

/* Without RDTSCP there is no TSC_AUX, for the guest either (SDM volume 4). */
static bool absent(const struct guest_reg *reg)
{
	return reg == &guest_regs[STATE_INDEX(tsc_aux)] && !cpu_features.rdtscp;
}

#define CPU_REGS(REG) REG(cr2) REG(dr0) REG(dr1) REG(dr2) REG(dr3) REG(dr6)

u64 cpu_reg_read(const struct guest_reg *reg)
{
#define READ(name)                               \
	if (reg == &guest_regs[STATE_INDEX(name)]) \
		return cr_read(name);
	CPU_REGS(READ)
	return absent(reg) ? 0 : msr_read(reg->vmcs);
}

void cpu_reg_write(const struct guest_reg *reg, u64 value)
{
#define WRITE(name)                              \
	if (reg == &guest_regs[STATE_INDEX(name)]) \
		cr_write(name, value);           \
	else
	CPU_REGS(WRITE)
	if (!absent(reg))
		msr_write(reg->vmcs, value);
}

static bool has_xsave(void)
{
	return cr_read(cr4) & CR4_OSXSAVE;
}

static u64 xcr0_offered(void)
{
	return cpuid(0xd, 0).eax & XCR0_ALL;
}

bool xcr0_allowed(u64 value)
{
	/* x87 always; AVX registers are the longer SSE registers (SDM 13.3). */
	return !(value & ~xcr0_offered()) && (value & 1) && (!(value & XCR0_AVX) || (value & 2));
}

/* As FNINIT and reset leave them (SDM 13.6): control words that mask all exceptions. */
static void fpu_reset(struct arch_vcpu *arch)
{
	*(u16 *)&arch->fpu[0] = 0x37f;
	*(u32 *)&arch->fpu[24] = 0x1f80;
	arch->xcr0 = 1;
}

static void fpu_load(struct arch_vcpu *arch)
{
	if (!has_xsave()) {
		__asm__ volatile("fxrstor64 %0" ::"m"(arch->fpu));
		return;
	}
	xcr0_write(xcr0_offered());
	__asm__ volatile("xrstor64 %0" ::"m"(arch->fpu), "a"(~0u), "d"(~0u));
	xcr0_write(arch->xcr0);
}

static void fpu_put(struct arch_vcpu *arch)
{
	if (!has_xsave()) {
		__asm__ volatile("fxsave64 %0" : "=m"(arch->fpu));
		return;
	}
	arch->xcr0 = xcr0_read();
	xcr0_write(xcr0_offered());
	__asm__ volatile("xsave64 %0" : "+m"(arch->fpu) : "a"(~0u), "d"(~0u));
}

/* Real mode, as after a reset (SDM 10.1.1), but at the address in rip, by way of CS. */
static void reset_to_real_mode(struct arch_vcpu *arch)
{
	struct guest_state *state = &arch->state;
	struct segment *segments = (struct segment *)&state->es_selector;

	state->cr0 = CR0_ET;
	state->cr3 = state->cr4 = state->efer = 0;
	for (u32 i = 0; i < 6; i++)
		segments[i] = (struct segment){ 0, ACCESS_DATA16, 0xffff, 0 };
	state->cs_access = ACCESS_CODE16;
	state->cs_selector = arch->rip >> 4;
	state->cs_base = ALIGN_DOWN(arch->rip, 16);
	arch->rip %= 16;
	state->gdtr_limit = state->idtr_limit = 0xffff;
}

/*
 * There is no boot protocol for what comes without firmware, so this is ours: 64-bit mode at level
 * 0, interrupts off, RDI = the vCPU's number, RSI = argument, RCX = the vendor. Long mode wants
 * page tables: a guest brings identity tables of its own, in its image's second page. But what lies
 * below 1 MiB starts where a PC's firmware does.
 */
void arch_vcpu_reset(struct vcpu *vcpu, gpa_t entry, u64 arg)
{
	struct arch_vcpu *arch = &vcpu->arch;
	struct guest_state *state = &arch->state;
	struct segment *segments = (struct segment *)&state->es_selector;

	*arch = (struct arch_vcpu){ 0 };
	arch->gpr[RDI] = vcpu->id;
	arch->gpr[RSI] = arg;
	arch->gpr[RCX] = virt == &svm; /* which instruction a hypercall is: VMMCALL, or VMCALL */
	arch->rip = entry;
	arch->rflags = RFLAGS_RES1;
	state->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_PG;
	state->cr3 = entry + 4 * KiB;
	state->cr4 = CR4_PAE;
	state->dr6 = 0xffff0ff0; /* as reset leaves them (SDM 10.1.1) */
	state->dr7 = 0x400;
	state->efer = EFER_LME | EFER_LMA;
	state->pat = 0x0007040600070406; /* the same (SDM 12.12.4) */
	for (u32 i = 0; i < 6; i++) /* ES to GS: all there is, at address 0 */
		segments[i] = (struct segment){ SELECTOR_DATA, ACCESS_DATA, 0xffffffff, 0 };
	state->cs_selector = SELECTOR_CODE;
	state->cs_access = ACCESS_CODE64;
	state->tr_access = ACCESS_TSS_BUSY;
	state->tr_limit = 0x67;
	state->ldtr_access = ACCESS_LDT;
	if (entry < MiB)
		reset_to_real_mode(arch);
	state->cr0_shadow = state->cr0;
	state->cr4_shadow = state->cr4;
	fpu_reset(arch);
	virt->vcpu_reset(vcpu);
}

const char *arch_vcpu_check(const struct vcpu *vcpu)
{
	if (vcpu->arch.rflags & RFLAGS_IF)
		return "RFLAGS.IF = 1: a kernel is entered with interrupts off";
	return virt->vcpu_check(vcpu);
}

void arch_vcpu_load(struct vcpu *vcpu)
{
	const u64 *regs = (const u64 *)&vcpu->arch.state;

	virt->vcpu_load(vcpu);
	for (u32 i = 0; i < NR_GUEST_REGS; i++)
		virt->state_write(vcpu, &guest_regs[i], regs[i]);
	fpu_load(&vcpu->arch);
}

void state_save(struct vcpu *vcpu)
{
	u64 *regs = (u64 *)&vcpu->arch.state;

	for (u32 i = 0; i < NR_GUEST_REGS; i++)
		regs[i] = virt->state_read(vcpu, &guest_regs[i]);
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	fpu_put(&vcpu->arch);
	state_save(vcpu);
	virt->vcpu_put(vcpu);
}

#define NR_PATTERNS 4

/* Another one for each register, so that none can stand in for its neighbour. */
static u64 pattern(u32 round, u32 reg)
{
	static const u64 patterns[NR_PATTERNS] = { 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0,
						   ~0ul };

	return patterns[round] ^ reg * 0x0101010101010101;
}

/* The bits that must come back as they were written. */
static u64 kept(u32 reg)
{
	u32 bits = guest_regs[reg].bits;

	if (absent(&guest_regs[reg]))
		return 0;
	if (reg == STATE_INDEX(dr6)) /* the others are fixed (SDM 18.2.3) */
		return 0xe00f;
	if (bits == 48) /* WRMSR of another faults (SDM volume 1, 3.3.7.1) */
		return BIT(47) - 1;
	return bits == 12 ? 0xf0ff /* bits 11:8 are a hole */ : bits == 64 ? ~0ul : BIT(bits) - 1;
}

const char *arch_vcpu_selftest(struct vcpu *vcpu)
{
	struct guest_state saved = vcpu->arch.state;
	u64 *regs = (u64 *)&vcpu->arch.state;
	const char *bad = NULL;

	for (u32 p = 0; p < NR_PATTERNS; p++) {
		for (u32 i = 0; i < NR_GUEST_REGS; i++)
			regs[i] = pattern(p, i) & kept(i);
		arch_vcpu_load(vcpu);
		vcpu->arch.state = (struct guest_state){ 0 };
		arch_vcpu_put(vcpu);
		for (u32 i = 0; i < NR_GUEST_REGS && !bad; i++)
			if ((regs[i] ^ pattern(p, i)) & kept(i))
				bad = guest_regs[i].name;
	}
	vcpu->arch.state = saved;
	return bad;
}

void arch_vcpu_dump(const struct vcpu *vcpu)
{
	const struct arch_vcpu *arch = &vcpu->arch;
	const u64 *regs = (const u64 *)&arch->state;

	printf("  rip %016lx  rflags %08lx\n", arch->rip, arch->rflags);
	trap_print_gprs(arch->gpr);
	for (u32 i = 0; i < NR_GUEST_REGS; i++)
		printf("  %-16s %016lx%s", guest_regs[i].name, regs[i],
		       i % 3 == 2 || i + 1 == NR_GUEST_REGS ? "\n" : "");
	virt->vcpu_dump(vcpu);
}

void arch_memory_written(const void *start, u64 size)
{
	/* Caches see each other's stores, and fetches see them too (SDM 9.1.3, 12.6). */
	(void)start;
	(void)size;
}

u64 arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch.rip;
}

u64 vcpu_get_gpr(const struct vcpu *vcpu, u32 reg)
{
	return vcpu->arch.gpr[reg % 16];
}

void vcpu_set_gpr(struct vcpu *vcpu, u32 reg, u64 value)
{
	vcpu->arch.gpr[reg % 16] = value;
}
