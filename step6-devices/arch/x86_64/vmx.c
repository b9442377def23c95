// SPDX-License-Identifier: MIT
/* Intel VMX (SDM, chapters 24 to 33). */
#include <arch/check.h>
#include <arch/cpu.h>
#include <arch/npt.h>
#include <arch/traps.h>
#include <arch/virt.h>
#include <arch/vmcs.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/end.h>
#include <hv/printf.h>
#include <hv/string.h>
#include <hv/vm.h>

#define CPUID_VMX BIT(5) /* leaf 1, ECX (SDM 24.6) */

/* IA32_FEATURE_CONTROL (SDM 24.7): once locked it can't be written until the next reset. */
#define FEATURE_LOCKED BIT(0)
#define FEATURE_VMXON  BIT(2) /* outside of SMX operation */

/* IA32_VMX_BASIC (SDM A.1) */
#define BASIC_REVISION(basic) ((u32)(basic) & 0x7fffffff)
#define BASIC_SIZE(basic)     ((u32)((basic) >> 32) & 0x1fff)
#define BASIC_32_BIT          BIT(48) /* VMCS and its kin must lie below 4 GiB */
#define BASIC_TYPE(basic)     ((u32)((basic) >> 50) & 0xf)
#define BASIC_TYPE_WB         6
#define BASIC_IO_INFO         BIT(54) /* exits of INS and OUTS are described */
#define BASIC_TRUE_CONTROLS   BIT(55)

/* What may be 1 stands in the upper half of a capability register (SDM A.3). */
#define PROCBASED_SECONDARY BIT(63)
#define PROCBASED2_EPT      BIT(33)
#define PROCBASED2_VPID     BIT(37)
#define PROCBASED2_UNRESTRICTED BIT(39)

/* IA32_VMX_EPT_VPID_CAP (SDM A.10) */
#define EPT_CAP_1G     BIT(17)
#define EPT_CAP_WANTED (BIT(6) | BIT(14) | BIT(16) | BIT(20) | BIT(25))

/* The CPU keeps what it likes here while VMX operation is on (SDM 25.11.5). */
static u8 vmxon_region[4096] __attribute__((aligned(4096)));

static bool vmx_offered(void)
{
	return cpuid(1, 0).ecx & CPUID_VMX;
}

static bool vmx_detect(const char **reason)
{
	u64 basic, ept, secondary = 0, control = msr_read(MSR_FEATURE_CONTROL);

	printf("ladder: detect: VMX, by CPUID\n");
	printf("  feature control %s\n", !(control & FEATURE_LOCKED) ? "not locked yet" :
					 control & FEATURE_VMXON     ? "locked, VMXON allowed" :
								       "locked, VMXON forbidden");
	if ((control & FEATURE_LOCKED) && !(control & FEATURE_VMXON)) {
		*reason = "the firmware has switched VMX off (IA32_FEATURE_CONTROL)";
		return false;
	}

	basic = msr_read(MSR_VMX_BASIC);
	printf("  VMCS           revision %x, %u bytes%s%s\n", BASIC_REVISION(basic),
	       BASIC_SIZE(basic), basic & BASIC_32_BIT ? ", below 4 GiB" : "",
	       basic & BASIC_IO_INFO ? ", string I/O described" : "");
	if (!(basic & BASIC_TRUE_CONTROLS)) {
		*reason = "IA32_VMX_BASIC: no IA32_VMX_TRUE_* registers; the CPU is too old";
		return false;
	}
	if (BASIC_SIZE(basic) > sizeof(vmxon_region) || BASIC_TYPE(basic) != BASIC_TYPE_WB) {
		*reason = "IA32_VMX_BASIC: a VMCS is larger than a page or not write-back memory";
		return false;
	}
	if (msr_read(MSR_VMX_PROCBASED) & PROCBASED_SECONDARY)
		secondary = msr_read(MSR_VMX_PROCBASED2);
	printf("  second stage   %s%s\n", secondary & PROCBASED2_EPT ? "EPT" : "none",
	       secondary & PROCBASED2_UNRESTRICTED ? ", real mode too" : "");
	if (!(secondary & PROCBASED2_EPT)) {
		*reason = "IA32_VMX_PROCBASED_CTLS2 does not offer EPT";
		return false;
	}
	ept = msr_read(MSR_VMX_EPT_VPID_CAP);
	if ((ept & EPT_CAP_WANTED) != EPT_CAP_WANTED) {
		*reason = "EPT lacks four levels in write-back memory, 2 MiB entries or INVEPT";
		return false;
	}
	cpu_features.gigapages = ept & EPT_CAP_1G;
	cpu_features.nr_asids = secondary & PROCBASED2_VPID ? 0x10000 : 1;
	printf("  VMID bits      %u\n", secondary & PROCBASED2_VPID ? 16 : 0);
	return true;
}

/* CR0 and CR4 must have some bits at 1 and others at 0 in VMX operation (SDM 24.8, A.7, A.8). */
static u64 fixed(u64 value, u32 fixed0, u32 fixed1)
{
	return (value | msr_read(fixed0)) & msr_read(fixed1);
}

/* An exit loads TR from the VMCS, and a null selector is not allowed there (SDM 27.2.3). */
static u8 tss[104] __attribute__((aligned(16)));

static void load_task_register(void)
{
	extern u64 gdt[];
	u64 base = (u64)tss;

	/* An available 64-bit TSS (SDM 8.2.3) */
	gdt[SELECTOR_TSS / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 |
				(base >> 24 & 0xff) << 56;
	gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
	__asm__ volatile("ltr %w0" ::"r"(SELECTOR_TSS));
}

static bool vmxon(void)
{
	u64 region = virt_to_phys(vmxon_region);
	bool failed;

	*(u32 *)vmxon_region = BASIC_REVISION(msr_read(MSR_VMX_BASIC));
	/* Sets the carry flag, or the zero flag, where it fails (SDM 31.2). */
	__asm__ volatile("vmxon %1\n	setbe %0" : "=r"(failed) : "m"(region) : "cc", "memory");
	return !failed;
}

static bool vmx_enable(void)
{
	u64 control = msr_read(MSR_FEATURE_CONTROL);

	if (!(control & FEATURE_LOCKED))
		msr_write(MSR_FEATURE_CONTROL, control | FEATURE_VMXON | FEATURE_LOCKED);
	printf("  feature control  %016lx  VMXON allowed, and locked\n",
	       msr_read(MSR_FEATURE_CONTROL));
	cr_write(cr0, fixed(cr_read(cr0), MSR_VMX_CR0_FIXED0, MSR_VMX_CR0_FIXED1));
	cr_write(cr4, fixed(cr_read(cr4) | CR4_VMXE, MSR_VMX_CR4_FIXED0, MSR_VMX_CR4_FIXED1));
	printf("  cr0              %016lx  the bits that VMX fixes\n", cr_read(cr0));
	printf("  cr4              %016lx  the same, and VMXE\n", cr_read(cr4));
	if (!vmxon()) {
		printf("ladder: enable: VMXON failed\n");
		return false;
	}
	load_task_register();
	printf("  vmxon region     %016lx  the CPU's own notes\n", virt_to_phys(vmxon_region));
	return true;
}

static void vmx_disable(void)
{
	__asm__ volatile("vmxoff" ::: "cc", "memory");
	cr_write(cr4, cr_read(cr4) & ~(u64)CR4_VMXE);
}

/* ---- the VMCS (SDM chapter 25; its fields: arch/vmcs.h) ---- */

/* Pin-based, processor-based, exit and entry controls (SDM 25.6.1, 25.6.2, 25.7.1, 25.8.1) */
#define PIN_EXTERNAL_INTERRUPT BIT(0)
#define PIN_NMI                BIT(3)
#define PIN_PREEMPTION         BIT(6)
#define PROC_WINDOW            BIT(2)
#define PROC_HLT               BIT(7)
#define PROC_MWAIT             BIT(10)
#define PROC_RDPMC             BIT(11)
#define PROC_CR8               (BIT(19) | BIT(20)) /* loads and stores */
#define PROC_IO                BIT(24)
#define PROC_MSR_BITMAP        BIT(28)
#define PROC_MONITOR           BIT(29)
#define PROC_SECONDARY         BIT(31)
#define PROC2_EPT              BIT(1)
#define PROC2_RDTSCP           BIT(3)
#define PROC2_VPID             BIT(5)
#define PROC2_UNRESTRICTED     BIT(7)
#define PROC2_INVPCID          BIT(12)
#define PROC2_OPTIONAL         (PROC2_RDTSCP | PROC2_INVPCID | PROC2_VPID | PROC2_UNRESTRICTED)
#define EXIT_SAVE_DEBUG        BIT(2)
#define EXIT_HOST_64           BIT(9)
#define EXIT_SAVE_PAT          BIT(18)
#define EXIT_LOAD_PAT          BIT(19)
#define EXIT_SAVE_EFER         BIT(20)
#define EXIT_LOAD_EFER         BIT(21)
#define ENTRY_LOAD_DEBUG       BIT(2)
#define ENTRY_GUEST_64         BIT(9)
#define ENTRY_LOAD_PAT         BIT(14)
#define ENTRY_LOAD_EFER        BIT(15)

/* By their places in the table. */
enum { PIN_BASED, PROCESSOR, SECONDARY = 2, ENTRY = 4 };

/* What we want of each, why, and the capability registers that say what can be had. */
static const struct control {
	const char *name;
	u32 field, msr;
	u64 wanted;
	const char *why;
} controls[] = {
	{ "pin-based", VMCS_PIN_CONTROLS, MSR_VMX_TRUE_PINBASED,
	  PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_PREEMPTION,
	  "interrupts and NMIs are the host's; no guest runs for ever" },
	{ "processor", VMCS_PROC_CONTROLS, MSR_VMX_TRUE_PROCBASED,
	  PROC_HLT | PROC_MWAIT | PROC_RDPMC | PROC_CR8 | PROC_IO | PROC_MSR_BITMAP |
		  PROC_MONITOR | PROC_SECONDARY,
	  "an idle guest gives the CPU away; ports, counters and most MSRs are the host's" },
	{ "secondary", VMCS_PROC2_CONTROLS, MSR_VMX_PROCBASED2, PROC2_EPT | PROC2_OPTIONAL,
	  "a second stage; real mode, and instructions that the guest has where we have them" },
	{ "exit", VMCS_EXIT_CONTROLS, MSR_VMX_TRUE_EXIT,
	  EXIT_HOST_64 | EXIT_SAVE_DEBUG | EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER |
		  EXIT_LOAD_EFER, "we are 64-bit, with EFER and PAT of our own" },
	{ "entry", VMCS_ENTRY_CONTROLS, MSR_VMX_TRUE_ENTRY,
	  ENTRY_GUEST_64 | ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER,
	  "the guest is, with its own" },
};

/*
 * Some bits must be 1, which the capability's lower half tells, and some 0, the upper half (SDM
 * A.2). False where that takes away what we want.
 */
static bool fit(const struct control *control, u32 *value)
{
	u64 allowed = msr_read(control->msr), must = control->wanted;

	if (control->field == VMCS_PROC2_CONTROLS)
		must &= ~(u64)PROC2_OPTIONAL;
	must &= ~(u64)(control->field == VMCS_PIN_CONTROLS ? PIN_PREEMPTION : 0);
	*value = (control->wanted | (u32)allowed) & (u32)(allowed >> 32);
	return (*value & must) == must;
}

/*
 * Bits that are 0 let the guest have an MSR: four maps of 1 KiB, for reads and for writes of MSRs
 * from 0 and from C0000000H on (SDM 25.6.9).
 */
static u8 msr_map[4096] __attribute__((aligned(4096)));

static void fill_permission_maps(void)
{
	memset(msr_map, 0xff, sizeof(msr_map));
	for (u32 i = 0; i < nr_free_msrs; i++) {
		u32 msr = free_msrs[i], byte = (msr & 0x1fff) / 8 + (msr >= FIRST_MSR ? 1024 : 0);

		msr_map[byte] &= ~(1 << msr % 8);
		msr_map[byte + 2048] &= ~(1 << msr % 8);
	}
}

/* The CPU finds its own state in the VMCS when the guest exits (SDM 25.5). */
extern const u8 vmx_exit[]; /* switch.S */

static void write_host(void)
{
	extern u64 gdt[];

	vmcs_write(VMCS_HOST_CR0, cr_read(cr0));
	vmcs_write(VMCS_HOST_CR3, cr_read(cr3));
	vmcs_write(VMCS_HOST_CR4, cr_read(cr4));
	vmcs_write(VMCS_HOST_EFER, msr_read(MSR_EFER));
	vmcs_write(VMCS_HOST_PAT, msr_read(MSR_PAT));
	vmcs_write(VMCS_HOST_CS, SELECTOR_CODE);
	vmcs_write(VMCS_HOST_SS, SELECTOR_DATA);
	vmcs_write(VMCS_HOST_DS, SELECTOR_DATA);
	vmcs_write(VMCS_HOST_ES, SELECTOR_DATA);
	vmcs_write(VMCS_HOST_TR, SELECTOR_TSS);
	vmcs_write(VMCS_HOST_GS_BASE, msr_read(MSR_GS_BASE));
	vmcs_write(VMCS_HOST_TR_BASE, (u64)tss);
	vmcs_write(VMCS_HOST_GDTR_BASE, (u64)gdt);
	vmcs_write(VMCS_HOST_IDTR_BASE, (u64)idt);
	vmcs_write(VMCS_HOST_RIP, (u64)vmx_exit);
}

static void vmptrld(const struct vcpu *vcpu)
{
	u64 region = virt_to_phys(vcpu->arch.control);
	bool failed;

	__asm__ volatile("vmptrld %1\n	setbe %0" : "=r"(failed) : "m"(region) : "cc", "memory");
	if (failed)
		panic("VMPTRLD failed");
}

/* Brings what the CPU keeps of a VMCS back to memory; it is on no CPU then (SDM 25.11.1). */
static void vmclear(const struct vcpu *vcpu)
{
	u64 region = virt_to_phys(vcpu->arch.control);

	__asm__ volatile("vmclear %0" ::"m"(region) : "cc", "memory");
}

/* May a guest do without protected mode and paging (SDM 25.6.2)? */
static bool unrestricted(void)
{
	u32 secondary;

	fit(&controls[SECONDARY], &secondary);
	return secondary & PROC2_UNRESTRICTED;
}

/*
 * The bits of CR0 that a guest does not have for itself: those that VMX operation wants at 1 (SDM
 * 24.8), of which an unrestricted guest may have PE and PG, and the caches, which are the host's.
 */
static u64 cr0_owned(void)
{
	u64 bits = msr_read(MSR_VMX_CR0_FIXED0) | CR0_CACHES_OFF;

	return unrestricted() ? bits & ~(u64)(CR0_PE | CR0_PG) : bits;
}

static void vmx_vcpu_reset(struct vcpu *vcpu)
{
	*(u32 *)vcpu->arch.control = BASIC_REVISION(msr_read(MSR_VMX_BASIC));
	vmclear(vcpu);
	fill_permission_maps();
	/* In VMX operation a guest's CR0 and CR4 have fixed bits too (SDM 24.8). */
	vcpu->arch.state.cr0 = (vcpu->arch.state.cr0 | cr0_owned()) & ~(u64)CR0_CACHES_OFF;
	vcpu->arch.state.cr4 =
		fixed(vcpu->arch.state.cr4, MSR_VMX_CR4_FIXED0, MSR_VMX_CR4_FIXED1);
	vcpu->arch.state.ldtr_access = ACCESS_UNUSABLE;
}

static const char *vmx_vcpu_check(const struct vcpu *vcpu)
{
	u32 value;

	for (u32 i = 0; i < ARRAY_SIZE(controls); i++)
		if (!fit(&controls[i], &value))
			return "a control that we want is not to be had (SDM A.3 to A.5)";
	return vmx_check_guest(vcpu, vcpu->arch.state.efer & EFER_LMA, unrestricted());
}

/* What a new VMCS holds is not defined (SDM 25.11.3): what we do without is said field by field. */
static const struct setting {
	u32 field;
	u64 value;
} settings[] = {
	{ VMCS_LINK, ~0ul },		/* no shadow VMCS (SDM 25.4.2) */
	{ VMCS_EXCEPTIONS, 0 },		/* the guest's exceptions are its own (SDM 25.6.3) */
	{ VMCS_FAULT_MASK, 0 },		/* and so are page faults, whatever their error code */
	{ VMCS_FAULT_MATCH, 0 },
	{ VMCS_CR3_TARGETS, 0 },	/* matters only where MOV to CR3 exits (SDM 25.6.7) */
	{ VMCS_EXIT_MSR_STORES, 0 },	/* no lists of MSRs (SDM 25.7.2, 25.8.2) */
	{ VMCS_EXIT_MSR_LOADS, 0 },
	{ VMCS_ENTRY_MSR_LOADS, 0 },
	{ VMCS_HOST_FS, 0 },		/* the hypervisor uses neither FS nor SYSENTER (SDM 25.5) */
	{ VMCS_HOST_GS, 0 },
	{ VMCS_HOST_FS_BASE, 0 },
	{ VMCS_HOST_SYSENTER_CS, 0 },
	{ VMCS_HOST_SYSENTER_ESP, 0 },
	{ VMCS_HOST_SYSENTER_EIP, 0 },
};

/* The bits of CR0 and CR4 that are not the guest's to write (SDM 25.6.6). */
static void write_cr_masks(void)
{
	vmcs_write(VMCS_CR0_MASK, cr0_owned());
	vmcs_write(VMCS_CR4_MASK, ~guest_cr4());
}

/*
 * The end of a slice once more, by a timer that each entry starts anew, in ticks of the TSC divided
 * (SDM 26.5.1): Bochs holds our own interrupt back from a guest that was entered with IF = 0.
 */
static void limit_run(void)
{
	u32 pin;

	fit(&controls[PIN_BASED], &pin);
	if (pin & PIN_PREEMPTION)
		vmcs_write(VMCS_PREEMPTION_TIMER,
			   arch_time_frequency() / 50 >> (msr_read(MSR_VMX_MISC) & 31));
}

void vmx_flush(u64 token, gpa_t gpa, u64 size)
{
	const struct {
		u64 eptp, reserved;
	} descriptor = { token, 0 };

	/* Type 1: all that came from this EPTP, of whatever address (SDM 29.4.3.1). */
	(void)gpa;
	(void)size;
	__asm__ volatile("invept %0, %1" ::"m"(descriptor), "r"(1ul) : "cc", "memory");
}

static void vmx_vcpu_load(struct vcpu *vcpu)
{
	vmptrld(vcpu);
	for (u32 i = 0; i < ARRAY_SIZE(controls); i++) {
		u32 value;

		fit(&controls[i], &value);
		vmcs_write(controls[i].field, value);
	}
	for (u32 i = 0; i < ARRAY_SIZE(settings); i++)
		vmcs_write(settings[i].field, settings[i].value);
	vmcs_write(VMCS_MSR_BITMAP, virt_to_phys(msr_map));
	vmcs_write(VMCS_EPTP, npt_token(&vcpu->vm->npt));
	vmcs_write(VMCS_VPID, vcpu_tag(vcpu));
	virt->watch_window(vcpu, vcpu->arch.lapic.window);
	limit_run();
	write_cr_masks();
	write_host();
}

static void vmx_vcpu_put(struct vcpu *vcpu)
{
	vmclear(vcpu);
	vcpu->arch.launched = false;
}

static void write_entry_controls(bool long_mode)
{
	u32 value;

	fit(&controls[ENTRY], &value);
	vmcs_write(VMCS_ENTRY_CONTROLS, long_mode ? value : value & ~(u32)ENTRY_GUEST_64);
}

static u64 vmx_state_read(const struct vcpu *vcpu, const struct guest_reg *reg)
{
	(void)vcpu;
	if (!reg->vmcs || reg->vmcs >= FIRST_MSR)
		return cpu_reg_read(reg);
	return vmcs_read(reg->vmcs);
}

static void vmx_state_write(struct vcpu *vcpu, const struct guest_reg *reg, u64 value)
{
	(void)vcpu;
	/* What an entry makes of EFER.LMA must be the same as this control (SDM 27.3.1.1). */
	if (reg == &guest_regs[STATE_INDEX(efer)])
		write_entry_controls(value & EFER_LMA);
	if (!reg->vmcs || reg->vmcs >= FIRST_MSR)
		cpu_reg_write(reg, value);
	else
		vmcs_write(reg->vmcs, value);
}

static void vmx_vcpu_dump(const struct vcpu *vcpu)
{
	printf("  VMCS at %lx:\n", virt_to_phys(vcpu->arch.control));
	for (u32 i = 0; i < ARRAY_SIZE(controls); i++) {
		u32 value;
		bool fits = fit(&controls[i], &value);

		printf("    %-9s %08x  %s%s\n", controls[i].name, value, controls[i].why,
		       fits ? "" : ": NOT to be had");
	}
}

#define EXIT_VMCALL 18

#define ERROR_CONTROLS 7
#define ERROR_HOST     8

/* VM-instruction error numbers (SDM 31.4), those that an entry gives. */
static const char *const entry_errors[] = {
	[4] = "VMLAUNCH with a VMCS that is not clear",
	[5] = "VMRESUME with a VMCS that has not been launched",
	[6] = "VMRESUME after VMXOFF",
	[ERROR_CONTROLS] = "the control fields are not as they must be",
	[ERROR_HOST] = "the host-state fields are not as they must be",
	[26] = "events are blocked by MOV SS",
};

/* Basic exit reasons (SDM appendix C) */
static const char *const exit_names[] = {
	"exception or NMI", "interrupt", "shutdown (triple fault)", "INIT", "start-up IPI",
	"SMI in I/O", "SMI", "interrupt window", "NMI window", "task switch", "cpuid", "getsec",
	"hlt", "invd", "invlpg", "rdpmc", "rdtsc", "rsm", "vmcall", "vmclear", "vmlaunch",
	"vmptrld", "vmptrst", "vmread", "vmresume", "vmwrite", "vmxoff", "vmxon",
	"control register", "debug register", "I/O", "rdmsr", "wrmsr", "invalid guest state",
	"MSR that can't be loaded", NULL, "mwait", "monitor trap", NULL, "monitor", "pause",
	"machine check at entry", NULL, "TPR below threshold", "APIC access", "virtualized EOI",
	"GDTR or IDTR", "LDTR or TR", "EPT violation", "EPT misconfiguration", "invept", "rdtscp",
	"preemption timer", "invvpid", "wbinvd", "xsetbv", "APIC write", "rdrand", "invpcid",
	"vmfunc", "encls", "rdseed", "page-modification log full", "xsaves", "xrstors", NULL, NULL,
	"umwait", "tpause", "loadiwkey", NULL, NULL, NULL, NULL, "bus lock", "notify",
};

static const char *vmx_exit_name(u64 code)
{
	u32 reason = code & 0xffff;

	if (reason < ARRAY_SIZE(exit_names) && exit_names[reason])
		return exit_names[reason];
	return "another exit reason";
}

/* Controls of the loaded VMCS that have what they can't, or lack what they must (SDM 27.2.1). */
static const char *check_controls(void)
{
	static char line[80];

	for (u32 i = 0; i < ARRAY_SIZE(controls); i++) {
		u64 value = vmcs_read(controls[i].field), allowed = msr_read(controls[i].msr);

		snprintf(line, sizeof(line), "%s controls are not as MSR %x says (SDM 27.2.1)",
			 controls[i].name, controls[i].msr);
		if (((u32)allowed & ~value) || (value & ~(allowed >> 32)))
			return line;
	}
	return NULL;
}

/* Early failures give an error number, later ones an exit of their own kind (SDM 27.2, 27.8). */
static void vmx_explain_refusal(struct vcpu *vcpu, int refused)
{
	u64 error = vmcs_read(VMCS_INSTRUCTION_ERROR), reason = vmcs_read(VMCS_EXIT_REASON);
	const char *rule = NULL;

	if (refused < 0) {
		printf("ladder: vcpu: the entry failed late: %s (reason %lu, qualification %lu)\n",
		       vmx_exit_name(reason), reason & 0xffff, vmcs_read(VMCS_QUALIFICATION));
		state_save(vcpu);
		rule = vmx_check_guest(vcpu, vmcs_read(VMCS_ENTRY_CONTROLS) & ENTRY_GUEST_64,
				       unrestricted());
	} else {
		printf("ladder: vcpu: the entry failed: %s (error %lu)\n",
		       error < ARRAY_SIZE(entry_errors) && entry_errors[error] ?
			       entry_errors[error] :
			       "see SDM 31.4",
		       error);
		if (error == ERROR_HOST)
			rule = vmcs_check_host();
		else if (error == ERROR_CONTROLS)
			rule = check_controls() ?: check_event(vmcs_read(VMCS_ENTRY_EVENT));
	}
	printf("ladder: vcpu: %s\n", rule ? rule : "no rule that we know is broken");
}

static u64 vmx_exit_code(const struct vcpu *vcpu)
{
	(void)vcpu;
	return vmcs_read(VMCS_EXIT_REASON);
}

#define EXIT_INTERRUPT 1
#define EXIT_WINDOW    7
#define EXIT_PREEMPTED 52

/* What an exit reason says of the instruction. */
static const u8 insns[] = {
	[10] = INSN_CPUID, [12] = INSN_HLT, [13] = INSN_INVD, [15] = INSN_RDPMC, [28] = INSN_CR,
	[30] = INSN_IO, [31] = INSN_RDMSR, [32] = INSN_WRMSR, [55] = INSN_XSETBV,
	[EXIT_WINDOW] = INSN_NONE,
};

/* GETSEC, VMX's own, MONITOR and MWAIT, INVEPT, INVVPID (SDM appendix C) */
static bool is_undefined(u64 code)
{
	return code == 11 || (code >= 19 && code <= 27) || code == 36 || code == 39 ||
	       code == 50 || code == 53;
}

/* An EPT violation and its qualification (SDM 28.2.1, table 28-7) */
#define EXIT_EPT_VIOLATION 48
#define VIOLATION_WRITE    BIT(1)
#define VIOLATION_FETCH    BIT(2)
#define VIOLATION_LINEAR   BIT(7) /* there is a linear address, */
#define VIOLATION_FINAL    BIT(8) /* and this was it, not an access of the walk for it */

static void decode_nested_fault(struct vcpu *vcpu, struct vm_exit *exit)
{
	u64 info = vmcs_read(VMCS_QUALIFICATION);

	exit->reason = REASON_NESTED_FAULT;
	exit->gpa = vmcs_read(VMCS_GUEST_PHYSICAL);
	exit->gva = info & VIOLATION_LINEAR ? vmcs_read(VMCS_GUEST_LINEAR) : 0;
	exit->access = info & VIOLATION_FETCH ? NPT_EXEC :
		       info & VIOLATION_WRITE ? NPT_WRITE :
						NPT_READ;
	vcpu->arch.exit.walk = !(info & VIOLATION_FINAL);
}

static void vmx_exit_decode(struct vcpu *vcpu, struct vm_exit *exit)
{
	if (exit->code == EXIT_INTERRUPT || exit->code == EXIT_PREEMPTED) {
		exit->reason = exit->code == EXIT_INTERRUPT ? REASON_EXTERNAL_INTERRUPT :
							      REASON_TIMER;
		return;
	}
	if (exit->code == EXIT_EPT_VIOLATION) {
		decode_nested_fault(vcpu, exit);
		return;
	}
	exit->insn = exit->code < ARRAY_SIZE(insns) ? insns[exit->code] : INSN_UNDEFINED;
	if (exit->insn == INSN_UNDEFINED && !is_undefined(exit->code))
		return;
	exit->reason = exit->insn == INSN_HLT ? REASON_IDLE : REASON_SYSREG;
	vcpu->arch.exit.length = vmcs_read(VMCS_INSTRUCTION_LENGTH);
	vcpu->arch.exit.info = vmcs_read(VMCS_QUALIFICATION);
}

static u64 vmx_interrupted_event(const struct vcpu *vcpu)
{
	(void)vcpu;
	return vmcs_read(VMCS_VECTORING) | vmcs_read(VMCS_VECTORING_ERROR) << 32;
}

static void vmx_watch_window(struct vcpu *vcpu, bool on)
{
	u32 value;

	(void)vcpu;
	fit(&controls[PROCESSOR], &value);
	vmcs_write(VMCS_PROC_CONTROLS, on ? value | PROC_WINDOW : value);
}

static void vmx_show_tpr(struct vcpu *vcpu, u32 tpr)
{
	(void)vcpu; /* all accesses to CR8 exit */
	(void)tpr;
}

const struct virt vmx = {
	.name = "VMX",
	.offered = vmx_offered,
	.detect = vmx_detect,
	.enable = vmx_enable,
	.disable = vmx_disable,
	.vcpu_reset = vmx_vcpu_reset,
	.vcpu_check = vmx_vcpu_check,
	.vcpu_load = vmx_vcpu_load,
	.vcpu_put = vmx_vcpu_put,
	.state_read = vmx_state_read,
	.state_write = vmx_state_write,
	.vcpu_dump = vmx_vcpu_dump,
	.enter = vmx_enter,
	.explain_refusal = vmx_explain_refusal,
	.exit_code = vmx_exit_code,
	.hypercall = EXIT_VMCALL,
	.exit_name = vmx_exit_name,
	.exit_decode = vmx_exit_decode,
	.npt_format = &vmx_npt_format,
	.interrupted_event = vmx_interrupted_event,
	.watch_window = vmx_watch_window,
	.show_tpr = vmx_show_tpr,
};
