// SPDX-License-Identifier: MIT
/* AMD SVM (APM, chapter 15). */
#include <arch/check.h>
#include <arch/cpu.h>
#include <arch/npt.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/vm.h>

#define CPUID_EXTENDED     0x80000000
#define CPUID_EXTENDED_SVM BIT(2) /* leaf 0x80000001, ECX (APM 15.4) */
#define CPUID_SVM          0x8000000a
#define CPUID_SVM_NPT      BIT(0) /* its EDX */
#define CPUID_SVM_NRIPS    BIT(3)
#define CPUID_SVM_FLUSH_BY_ASID BIT(6)
#define CPUID_GIGAPAGES    BIT(26) /* leaf 0x80000001, EDX */

/* VM_CR (APM 15.30.1) */
#define VM_CR_SVMDIS BIT(4)

/* The CPU keeps the host's state here while a guest runs (APM 15.30.4). */
static u8 host_save_area[4096] __attribute__((aligned(4096)));

static bool svm_offered(void)
{
	return cpuid(CPUID_EXTENDED, 0).eax >= CPUID_SVM &&
	       (cpuid(CPUID_EXTENDED + 1, 0).ecx & CPUID_EXTENDED_SVM);
}

/*
 * TLB_CONTROL: what a VMRUN forgets first (APM 15.16.1). Flushing one ASID is the later addition.
 */
enum { FLUSH_NOTHING, FLUSH_ALL, FLUSH_ASID = 3 };
static u8 tlb_flush;

static bool svm_detect(const char **reason)
{
	struct cpuid svm = cpuid(CPUID_SVM, 0);
	u64 vm_cr = msr_read(MSR_VM_CR);

	printf("ladder: detect: SVM, by CPUID\n");
	printf("  VM_CR          %s\n", vm_cr & VM_CR_SVMDIS ? "SVM disabled" : "SVM allowed");
	if (vm_cr & VM_CR_SVMDIS) {
		*reason = "the firmware has switched SVM off (VM_CR.SVMDIS)";
		return false;
	}
	printf("  VMCB           revision %u, 4096 bytes\n", svm.eax & 0xff);
	printf("  second stage   %s\n", svm.edx & CPUID_SVM_NPT ? "NPT, real mode too" : "none");
	if (!(svm.edx & CPUID_SVM_NPT)) {
		*reason = "CPUID does not offer nested paging (NPT)";
		return false;
	}
	cpu_features.nr_asids = svm.ebx;
	cpu_features.nrips = svm.edx & CPUID_SVM_NRIPS;
	cpu_features.gigapages = cpuid(CPUID_EXTENDED + 1, 0).edx & CPUID_GIGAPAGES;
	tlb_flush = svm.edx & CPUID_SVM_FLUSH_BY_ASID ? FLUSH_ASID : FLUSH_ALL;
	printf("  VMID bits      %u\n", 31 - __builtin_clz(svm.ebx | 1));
	printf("  next rip       %s\n", cpu_features.nrips ? "told by an exit" : "not told");
	return true;
}

static bool svm_enable(void)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_VM_HSAVE_PA, virt_to_phys(host_save_area));
	if (!(msr_read(MSR_EFER) & EFER_SVME)) {
		printf("ladder: enable: EFER does not take SVME\n");
		return false;
	}
	printf("  efer             %016lx  SVME: VMRUN and its kin are instructions now\n",
	       msr_read(MSR_EFER));
	printf("  vm_hsave_pa      %016lx  where the CPU keeps our state\n",
	       msr_read(MSR_VM_HSAVE_PA));
	return true;
}

static void svm_disable(void)
{
	msr_write(MSR_VM_HSAVE_PA, 0);
	msr_write(MSR_EFER, msr_read(MSR_EFER) & ~(u64)EFER_SVME);
}

/* The VMCB's control area (APM table B-1) and what is always the same in its state save area. */
#define VMCB_INTERCEPT_CR    0x000
#define VMCB_INTERCEPT_MISC1 0x00c
#define VMCB_INTERCEPT_MISC2 0x010
#define VMCB_IOPM            0x040
#define VMCB_MSRPM           0x048
#define VMCB_ASID            0x058
#define VMCB_TLB_CONTROL     0x05c
#define VMCB_V_INTR          0x060
#define VMCB_EXITINFO1       0x078
#define VMCB_EXITINFO2       0x080
#define VMCB_EXITINTINFO     0x088
#define VMCB_NP_CONTROL      0x090
#define VMCB_N_CR3           0x0b0
#define VMCB_NRIP            0x0c8
#define VMCB_CPL             0x4cb

/*
 * What exits: interrupts of the host's, a guest's own end, the instructions of SVM itself, and
 * those that are answered in exits.c. CR0 is all the guest's: VMRUN and exit switch it; of CR4 it
 * may not set what CPUID hides.
 */
#define CR_WRITE_CR4   BIT(16 + 4)
#define CR_WRITE_CR8   BIT(16 + 8)
#define MISC1_INTR     BIT(0)
#define MISC1_NMI      BIT(1)
#define MISC1_WINDOW   BIT(4)
#define MISC1_RDPMC    BIT(15)
#define MISC1_CPUID    BIT(18)
#define MISC1_INVD     BIT(22)
#define MISC1_HLT      BIT(24)
#define MISC1_INVLPGA  BIT(26)
#define MISC1_IO       BIT(27)
#define MISC1_MSR      BIT(28)
#define MISC1_SHUTDOWN BIT(31)
#define MISC2_VMRUN    BIT(0) /* must be set (APM 15.5.1) */
#define MISC2_VMMCALL  BIT(1)
#define MISC2_VMLOAD   BIT(2)
#define MISC2_VMSAVE   BIT(3)
#define MISC2_STGI     BIT(4)
#define MISC2_CLGI     BIT(5)
#define MISC2_SKINIT   BIT(6)
#define MISC2_MONITOR  BIT(10)
#define MISC2_MWAIT    (BIT(11) | BIT(12))
#define MISC2_XSETBV   BIT(13)

#define MISC1                                                                              \
	(MISC1_INTR | MISC1_NMI | MISC1_HLT | MISC1_SHUTDOWN | MISC1_RDPMC | MISC1_CPUID | \
	 MISC1_INVD | MISC1_INVLPGA | MISC1_IO | MISC1_MSR)
#define MISC2                                                                                \
	(MISC2_VMRUN | MISC2_VMMCALL | MISC2_VMLOAD | MISC2_VMSAVE | MISC2_STGI | MISC2_CLGI | \
	 MISC2_SKINIT | MISC2_MONITOR | MISC2_MWAIT | MISC2_XSETBV)

/*
 * The guest's RFLAGS.IF masks only what we give it, and CR8 is a register of its own (APM 15.21.2).
 */
#define V_INTR_MASKING BIT(24)

static u64 vmcb_read(const struct vcpu *vcpu, u32 offset, u32 bytes)
{
	u64 value = 0;

	memcpy(&value, vcpu->arch.control + offset, bytes);
	return value;
}

static void vmcb_write(struct vcpu *vcpu, u32 offset, u32 bytes, u64 value)
{
	memcpy(vcpu->arch.control + offset, &value, bytes);
}

#define NP_ENABLE BIT(0)

/*
 * Bits that are 1 make an access exit: one for a port (APM 15.10.1), two for an MSR, its read and
 * its write, in 2 KiB for those from 0 on and 2 KiB from C0000000H on (APM 15.11).
 */
static u8 io_map[3 * 4096] __attribute__((aligned(4096)));
static u8 msr_map[2 * 4096] __attribute__((aligned(4096)));

static void fill_permission_maps(void)
{
	memset(io_map, 0xff, sizeof(io_map));
	memset(msr_map, 0xff, sizeof(msr_map));
	for (u32 i = 0; i < nr_free_msrs; i++) {
		u32 msr = free_msrs[i], byte = (msr & 0x1fff) / 4 + (msr >= FIRST_MSR ? 2048 : 0);

		msr_map[byte] &= ~(3 << msr % 4 * 2);
	}
}

static void svm_vcpu_reset(struct vcpu *vcpu)
{
	fill_permission_maps();
	vmcb_write(vcpu, VMCB_INTERCEPT_CR, 4, CR_WRITE_CR4 | CR_WRITE_CR8);
	vmcb_write(vcpu, VMCB_INTERCEPT_MISC1, 4, MISC1);
	vmcb_write(vcpu, VMCB_INTERCEPT_MISC2, 4, MISC2);
	vmcb_write(vcpu, VMCB_ASID, 4, 1); /* 0 is the host's (APM 15.5.1) */
	vmcb_write(vcpu, VMCB_NP_CONTROL, 8, NP_ENABLE);
	vmcb_write(vcpu, VMCB_IOPM, 8, virt_to_phys(io_map));
	vmcb_write(vcpu, VMCB_MSRPM, 8, virt_to_phys(msr_map));
	vmcb_write(vcpu, VMCB_V_INTR, 4, V_INTR_MASKING);
	vcpu->arch.state.efer |= EFER_SVME; /* VMRUN wants it there too (APM 15.5.1) */
}

static const char *svm_vcpu_check(const struct vcpu *vcpu)
{
	if (!(vmcb_read(vcpu, VMCB_INTERCEPT_MISC2, 4) & MISC2_VMRUN))
		return "VMRUN is not intercepted (APM 15.5.1)";
	if (!vmcb_read(vcpu, VMCB_ASID, 4))
		return "ASID 0 is the host's (APM 15.5.1)";
	return svm_check_guest(vcpu);
}

/* Twelve bits in a VMCB: the hole in the VMCS's format, bits 11:8, is not there. */
static u64 pack_access(u64 access)
{
	return (access & 0xff) | (access >> 4 & 0xf00);
}

static u64 unpack_access(u64 attributes)
{
	return (attributes & 0xff) | (attributes & 0xf00) << 4;
}

/* What VMLOAD brings back of ours after each exit (switch.S). */
u8 svm_host_state[4096] __attribute__((aligned(4096)));

/*
 * There may be fewer ASIDs than vCPUs, so some share one: the translations of the last who had it
 * are flushed when another takes it.
 */
static u32 asid_owner[64];

static void take_asid(struct vcpu *vcpu)
{
	u32 count = cpu_features.nr_asids < ARRAY_SIZE(asid_owner) ? cpu_features.nr_asids :
								      ARRAY_SIZE(asid_owner);
	u32 tag = vcpu_tag(vcpu), asid = 1 + tag % (count > 1 ? count - 1 : 1);

	vmcb_write(vcpu, VMCB_ASID, 4, asid);
	if (asid_owner[asid] != tag)
		vmcb_write(vcpu, VMCB_TLB_CONTROL, 1, tlb_flush);
	asid_owner[asid] = tag;
}

/*
 * No instruction flushes what came through nested tables; the next VMRUN does. A vCPU that is not
 * loaded will find its ASID without an owner.
 */
void svm_flush(u64 token, gpa_t gpa, u64 size)
{
	struct vcpu *loaded = this_pcpu()->loaded;

	(void)token;
	(void)gpa;
	(void)size;
	memset(asid_owner, 0, sizeof(asid_owner));
	if (loaded)
		take_asid(loaded);
}

static void svm_vcpu_load(struct vcpu *vcpu)
{
	__asm__ volatile("vmsave %0" ::"a"(virt_to_phys(svm_host_state)) : "memory");
	vmcb_write(vcpu, VMCB_N_CR3, 8, npt_token(&vcpu->vm->npt));
	take_asid(vcpu);
}

static void svm_vcpu_put(struct vcpu *vcpu)
{
	(void)vcpu;
}

static u32 bytes(const struct guest_reg *reg)
{
	return reg->bits <= 16 ? 2 : reg->bits == 32 ? 4 : 8;
}

static u64 svm_state_read(const struct vcpu *vcpu, const struct guest_reg *reg)
{
	u64 value;

	if (!reg->vmcb)
		return cpu_reg_read(reg);
	value = vmcb_read(vcpu, reg->vmcb, bytes(reg));
	return reg->bits == 12 ? unpack_access(value) : value;
}

static void svm_state_write(struct vcpu *vcpu, const struct guest_reg *reg, u64 value)
{
	/* A VMCB has the CPL in a field of its own; on Intel SS.DPL is where it is (SDM 25.4.1). */
	if (reg == &guest_regs[STATE_INDEX(ss_access)])
		vmcb_write(vcpu, VMCB_CPL, 1, value >> 5 & 3);
	((u64 *)&vcpu->arch.state)[reg - guest_regs] = value; /* see svm_explain_refusal() */
	if (!reg->vmcb)
		cpu_reg_write(reg, value);
	else
		vmcb_write(vcpu, reg->vmcb, bytes(reg),
			   reg->bits == 12 ? pack_access(value) : value);
}

static void svm_vcpu_dump(const struct vcpu *vcpu)
{
	printf("  VMCB at %lx: intercepts %08lx %08lx, ASID %lu\n",
	       virt_to_phys(vcpu->arch.control), vmcb_read(vcpu, VMCB_INTERCEPT_MISC1, 4),
	       vmcb_read(vcpu, VMCB_INTERCEPT_MISC2, 4), vmcb_read(vcpu, VMCB_ASID, 4));
}

#define EXIT_CODE    0x070
#define EXIT_VMMCALL 0x81

/* Exit codes from EXIT_NAMED on (APM appendix C); below them are CRs, DRs and exceptions. */
#define EXIT_NAMED 0x60
static const char *const exit_names[] = {
	"interrupt", "NMI", "SMI", "INIT", "interrupt window", "CR0 beyond TS and MP",
	"IDTR read", "GDTR read", "LDTR read", "TR read", "IDTR write", "GDTR write",
	"LDTR write", "TR write", "rdtsc", "rdpmc", "pushf", "popf", "cpuid", "rsm", "iret",
	"int", "invd", "pause", "hlt", "invlpg", "invlpga", "I/O", "MSR", "task switch",
	"FERR freeze", "shutdown (triple fault)", "vmrun", "vmmcall", "vmload", "vmsave", "stgi",
	"clgi", "skinit", "rdtscp", "icebp", "wbinvd", "monitor", "mwait", "mwait, armed",
	"xsetbv", "rdpru", "EFER written",
};

static const char *svm_exit_name(u64 code)
{
	if (code < EXIT_NAMED)
		return code < 0x20 ? "control register" :
		       code < 0x40 ? "debug register" :
				     "exception";
	if (code - EXIT_NAMED < ARRAY_SIZE(exit_names))
		return exit_names[code - EXIT_NAMED];
	return code == 0x400 ? "nested page fault" : "another exit code";
}

static void svm_explain_refusal(struct vcpu *vcpu, int refused)
{
	/* The VMCB has been overwritten by the exit; memory has what we have put there. */
	const char *rule = svm_vcpu_check(vcpu);

	(void)refused;
	printf("ladder: vcpu: the entry failed: VMRUN refused the VMCB\n");
	printf("ladder: vcpu: %s\n", rule ? rule : "no rule that we know is broken");
}

static u64 svm_exit_code(const struct vcpu *vcpu)
{
	return *(const u64 *)(vcpu->arch.control + EXIT_CODE);
}

#define EXIT_INTERRUPT 0x60
#define EXIT_WINDOW    0x64

/* What an exit code says of the instruction, and how long that is without a prefix. */
static const struct {
	u8 code, insn, length;
} insns[] = {
	{ 0x14, INSN_CR, 3 },	 { 0x18, INSN_CR, 3 },	  { EXIT_WINDOW, INSN_NONE, 0 },
	{ 0x6f, INSN_RDPMC, 2 }, { 0x72, INSN_CPUID, 2 },
	{ 0x76, INSN_INVD, 2 },	 { 0x78, INSN_HLT, 1 },	  { 0x7b, INSN_IO, 0 },
	{ 0x7c, INSN_RDMSR, 2 }, { 0x8d, INSN_XSETBV, 3 },
};

/* INVLPGA, VMRUN to SKINIT, MONITOR and MWAIT (APM appendix C) */
static bool is_undefined(u64 code)
{
	return code == 0x7a || code == 0x80 || (code >= 0x82 && code <= 0x86) ||
	       (code >= 0x8a && code <= 0x8c);
}

/* The width of an access, bits 6:4 of EXITINFO1, is one-hot; port and string bit are VMX's. */
static u64 io_info(u64 info)
{
	return (info & 0xffff0000) | (info & 1 ? IO_IN : 0) | (info & 4 ? IO_STRING : 0) |
	       ((info >> 4 & 7) - 1);
}

/*
 * MOV to CR4 or CR8 in VMX's words. Without decode assists (APM 15.33.1) the register is in the
 * instruction: 0F 22 and ModRM, which a REX prefix may precede.
 */
static u64 cr_info(struct vcpu *vcpu, u32 cr, u64 info)
{
	u32 gpr = info & 15, rex;
	u8 insn[4] = { 0 };

	if (!(info >> 63)) {
		vcpu_fetch(vcpu, insn, sizeof(insn));
		rex = (insn[0] & 0xf0) == 0x40;
		gpr = (insn[rex + 2] & 7) | (rex ? (insn[0] & 1) << 3 : 0);
		vcpu->arch.exit.length = 3 + rex;
	}
	return gpr << 8 | cr;
}

/* A nested page fault and its error code, EXITINFO1 (APM 15.25.6); EXITINFO2 is the address. */
#define EXIT_NPF  0x400
#define NPF_WRITE BIT(1)
#define NPF_FETCH BIT(4)
#define NPF_WALK  BIT(33)

static void decode_nested_fault(struct vcpu *vcpu, struct vm_exit *exit)
{
	u64 info = vmcb_read(vcpu, VMCB_EXITINFO1, 8);

	exit->reason = REASON_NESTED_FAULT;
	exit->gpa = vmcb_read(vcpu, VMCB_EXITINFO2, 8);
	exit->gva = info & NPF_FETCH ? vcpu->arch.rip : 0; /* of data it is not told */
	exit->access = info & NPF_FETCH ? NPT_EXEC : info & NPF_WRITE ? NPT_WRITE : NPT_READ;
	vcpu->arch.exit.walk = info & NPF_WALK;
}

/*
 * QEMU 7.2 forgets at VMRUN that the guest is behind an STI. A hlt there would find the interrupt
 * that it is to wait for taken before it, and wait for ever; so it is executed here.
 */
static void wait_behind_sti(struct vcpu *vcpu)
{
	u8 insn;

	if ((state_get(vcpu, interruptibility) & SHADOW) && vcpu_fetch(vcpu, &insn, 1) &&
	    insn == 0xf4 /* hlt */) {
		vcpu_advance(vcpu, 1);
		vcpu->waiting = true;
	}
}

static void svm_exit_decode(struct vcpu *vcpu, struct vm_exit *exit)
{
	u64 info = vmcb_read(vcpu, VMCB_EXITINFO1, 8), next = vmcb_read(vcpu, VMCB_NRIP, 8);
	struct exit_insn *insn = &vcpu->arch.exit;
	u32 i = 0;

	if (exit->code == EXIT_INTERRUPT) {
		exit->reason = REASON_EXTERNAL_INTERRUPT;
		wait_behind_sti(vcpu);
		return;
	}
	if (exit->code == EXIT_NPF) {
		decode_nested_fault(vcpu, exit);
		return;
	}
	while (i < ARRAY_SIZE(insns) && insns[i].code != exit->code)
		i++;
	if (i == ARRAY_SIZE(insns) && !is_undefined(exit->code))
		return;
	exit->insn = i < ARRAY_SIZE(insns) ? insns[i].insn : INSN_UNDEFINED;
	exit->reason = exit->insn == INSN_HLT ? REASON_IDLE : REASON_SYSREG;
	insn->length = i < ARRAY_SIZE(insns) ? insns[i].length : 0;
	if (cpu_features.nrips)
		insn->length = next - vcpu->arch.rip;
	if (exit->insn == INSN_IO) { /* that tells where the next one is (APM 15.10.2) */
		insn->info = io_info(info);
		insn->length = vmcb_read(vcpu, VMCB_EXITINFO2, 8) - vcpu->arch.rip;
	} else if (exit->insn == INSN_CR) {
		insn->info = cr_info(vcpu, exit->code & 15, info);
	} else if (exit->insn == INSN_RDMSR && info) {
		exit->insn = INSN_WRMSR;
	}
}

static u64 svm_interrupted_event(const struct vcpu *vcpu)
{
	return vmcb_read(vcpu, VMCB_EXITINTINFO, 8);
}

/*
 * A virtual interrupt of our own, with no other purpose than that it exits when the guest would
 * take it (APM 15.21.4). It may not wait for the task priority: that is looked at before.
 */
#define V_IRQ	  BIT(8)
#define V_IGN_TPR BIT(20)

static void svm_watch_window(struct vcpu *vcpu, bool on)
{
	u64 intr = vmcb_read(vcpu, VMCB_V_INTR, 4) & ~(V_IRQ | V_IGN_TPR);

	vmcb_write(vcpu, VMCB_V_INTR, 4, on ? intr | V_IRQ | V_IGN_TPR : intr);
	vmcb_write(vcpu, VMCB_INTERCEPT_MISC1, 4, on ? MISC1 | MISC1_WINDOW : MISC1);
}

static void svm_show_tpr(struct vcpu *vcpu, u32 tpr)
{
	vmcb_write(vcpu, VMCB_V_INTR, 1, tpr >> 4); /* V_TPR */
}

const struct virt svm = {
	.name = "SVM",
	.offered = svm_offered,
	.detect = svm_detect,
	.enable = svm_enable,
	.disable = svm_disable,
	.vcpu_reset = svm_vcpu_reset,
	.vcpu_check = svm_vcpu_check,
	.vcpu_load = svm_vcpu_load,
	.vcpu_put = svm_vcpu_put,
	.state_read = svm_state_read,
	.state_write = svm_state_write,
	.vcpu_dump = svm_vcpu_dump,
	.enter = svm_enter,
	.explain_refusal = svm_explain_refusal,
	.exit_code = svm_exit_code,
	.hypercall = EXIT_VMMCALL,
	.exit_name = svm_exit_name,
	.exit_decode = svm_exit_decode,
	.npt_format = &svm_npt_format,
	.interrupted_event = svm_interrupted_event,
	.watch_window = svm_watch_window,
	.show_tpr = svm_show_tpr,
};
