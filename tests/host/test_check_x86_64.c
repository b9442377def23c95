// SPDX-License-Identifier: MIT
/* SOURCES: arch/x86_64/vmx_check.c arch/x86_64/svm_check.c lib/printf.c */
#include "host.h"
#include <arch/check.h>
#include <arch/vmcs.h>
#include <hv/vcpu.h>

static struct vcpu vcpu;
static u64 fields[0x8000];

u64 host_msr_read(u32 msr)
{
	switch (msr) {
	case MSR_VMX_CR0_FIXED0:
		return CR0_PE | CR0_NE | CR0_PG;
	case MSR_VMX_CR0_FIXED1:
		return 0xffffffff;
	case MSR_VMX_CR4_FIXED0:
		return CR4_VMXE;
	case MSR_VMX_CR4_FIXED1:
		return 0x3767ff;
	}
	host_fail(__FILE__, __LINE__, "MSR %x is read", msr);
}

u64 host_vmcs_read(u64 field)
{
	return fields[field];
}

/* A guest in 64-bit mode, as arch_vcpu_reset() makes it, that either vendor would enter. */
static struct arch_vcpu good(void)
{
	struct arch_vcpu arch = { .rip = 0x4000000, .rflags = RFLAGS_RES1 };
	struct guest_state *s = &arch.state;
	struct segment *segments = (struct segment *)&s->es_selector;

	s->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_PG;
	s->cr4 = CR4_PAE | CR4_VMXE;
	s->cr3 = 0x4001000;
	s->dr7 = 0x400;
	s->efer = EFER_LME | EFER_LMA;
	s->pat = 0x0007040600070406;
	for (u32 i = 0; i < 6; i++)
		segments[i] = (struct segment){ SELECTOR_DATA, ACCESS_DATA, 0xffffffff, 0 };
	s->cs_selector = SELECTOR_CODE;
	s->cs_access = ACCESS_CODE64;
	s->tr_access = ACCESS_TSS_BUSY;
	s->tr_limit = 0x67;
	s->ldtr_access = ACCESS_UNUSABLE;
	return arch;
}

/* The same in real mode, behind reset's vector. */
static struct arch_vcpu good_real(void)
{
	struct arch_vcpu arch = good();
	struct segment *segments = (struct segment *)&arch.state.es_selector;

	arch.rip = 0xfff0;
	arch.state.cr0 = CR0_ET | CR0_NE;
	arch.state.cr4 = CR4_VMXE;
	arch.state.efer = 0;
	for (u32 i = 0; i < 6; i++)
		segments[i] = (struct segment){ 0, 0x93, 0xffff, 0 };
	arch.state.cs_selector = 0xf000;
	arch.state.cs_base = 0xf0000;
	return arch;
}

static void good_host(void)
{
	memset(fields, 0, sizeof(fields));
	fields[VMCS_HOST_CR0] = CR0_PE | CR0_NE | CR0_PG;
	fields[VMCS_HOST_CR4] = CR4_PAE | CR4_VMXE;
	fields[VMCS_HOST_EFER] = EFER_LME | EFER_LMA;
	fields[VMCS_HOST_CS] = SELECTOR_CODE;
	fields[VMCS_HOST_SS] = SELECTOR_DATA;
	fields[VMCS_HOST_TR] = SELECTOR_TSS;
	fields[VMCS_EXIT_CONTROLS] = BIT(9);
}

/* The rule that is broken must be told in words with `says` in them; NULL: none is. */
static void expect(const char *rule, const char *says, const char *what)
{
	if (!says)
		CHECK_SAYING(!rule, "%s: %s", what, rule);
	else
		CHECK_SAYING(rule && strstr(rule, says), "%s: %s, expected: %s", what,
			     rule ? rule : "nothing", says);
}

/* One register of a good guest with another value, and what the vendors have to say to it. */
struct broken {
	const char *name;
	size_t where; /* in struct arch_vcpu */
	u64 value;
	const char *vmx, *svm;
};

#define STATE(reg, value, vmx, svm) \
	{ #reg " = " #value, offsetof(struct arch_vcpu, state.reg), value, vmx, svm }

static void run(const struct broken *broken, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		vcpu.arch = good();
		*(u64 *)((char *)&vcpu.arch + broken[i].where) = broken[i].value;
		expect(vmx_check_guest(&vcpu, true, false), broken[i].vmx, broken[i].name);
		vcpu.arch.state.efer |= EFER_SVME;
		vcpu.arch.state.cr4 &= ~(u64)CR4_VMXE;
		expect(svm_check_guest(&vcpu), broken[i].svm, broken[i].name);
	}
}

TEST(a_good_guest_is_left_in_peace)
{
	vcpu.arch = good();
	expect(vmx_check_guest(&vcpu, true, false), NULL, "long mode");
	vcpu.arch = good_real();
	expect(vmx_check_guest(&vcpu, false, true), NULL, "real mode");
	vcpu.arch.state.efer = EFER_SVME;
	vcpu.arch.state.cr4 = 0;
	expect(svm_check_guest(&vcpu), NULL, "real mode");
}

TEST(control_registers)
{
	static const struct broken broken[] = {
		STATE(cr0, CR0_PE | CR0_PG, "CR0: not as VMX fixes it (SDM 27.3.1.1)", NULL),
		STATE(cr0, 0x80000021 | BIT(32), "CR0: not as VMX", "CR0 has a bit above 31 (APM"),
		STATE(cr0, 0xa0000031, NULL, "CR0.NW = 1 with CR0.CD = 0 (APM 15.5.1)"),
		STATE(cr4, CR4_PAE, "CR4: not as VMX fixes it (SDM 27.3.1.1)", NULL),
		STATE(cr4, CR4_PAE | CR4_VMXE | BIT(15), "CR4: not as", "CR4 has a reserved bit"),
		STATE(cr4, CR4_VMXE, "long mode with CR4.PAE = 0 (SDM 27.3.1.1)",
		      "long mode with CR4.PAE = 0 (APM 15.5.1)"),
		STATE(cr3, BIT(40), "CR3 has more bits than a physical address (SDM 27.3.1.1)",
		      "CR3 has more bits than a physical address (APM 15.5.1)"),
		STATE(cr3, BIT(39), NULL, NULL),
		STATE(dr7, BIT(32), "DR7 has a bit above 31 (SDM 27.3.1.1)",
		      "DR7 has a bit above 31 (APM 15.5.1)"),
		STATE(efer, EFER_LME, "EFER.LMA differs from the entry control",
		      "EFER.LMA is not LME and CR0.PG"),
		STATE(efer, EFER_LMA, "EFER.LMA is not EFER.LME", "EFER.LMA is not LME"),
		STATE(efer, EFER_LME | EFER_LMA | 2, "EFER has a reserved bit (SDM 27.3.1.1)",
		      "EFER has a reserved bit (APM 15.5.1)"),
		STATE(sysenter_esp, BIT(47), "is not canonical (SDM 27.3.1.1)", NULL),
		STATE(sysenter_eip, ~0ul << 46, NULL, NULL),
	};

	run(broken, ARRAY_SIZE(broken));
	vcpu.arch = good();
	expect(svm_check_guest(&vcpu), "EFER.SVME = 0", "no SVME");
}

TEST(segments)
{
	static const struct broken broken[] = {
		STATE(cs_access, 0xe09b, "CS has L = 1 and D = 1 (SDM 27.3.1.2)",
		      "CS has L = 1 and D = 1 in long mode (APM 15.5.1)"),
		STATE(cs_access, 0xa093, "CS has a type", NULL),
		STATE(cs_access, 0xa09a, "CS has a type", NULL),
		STATE(cs_access, 0xa08b, "CS has a wrong S", NULL),
		STATE(cs_access, 0xa01b, "CS is not present", NULL),
		STATE(cs_access, 0xa1 << 8 | 0x9b, "CS has a reserved bit", NULL),
		STATE(cs_access, 0xa0fb, "CS has another DPL than SS", NULL),
		STATE(cs_access, 0xa0ff, "CS is conforming and has a higher DPL", NULL),
		STATE(cs_access, 0xa09f, NULL, NULL),
		STATE(cs_access, 0x209b, "CS has G = 0 and a limit in pages", NULL),
		STATE(cs_access, ACCESS_UNUSABLE, "CS is unusable", NULL),
		STATE(cs_base, BIT(32), "CS has a base above 4 GiB", NULL),
		STATE(ss_selector, 3, "SS has another RPL than CS", NULL),
		STATE(ss_access, 0xc091, "SS has a type", NULL),
		STATE(ss_access, ACCESS_UNUSABLE, NULL, NULL),
		STATE(ds_access, 0xc092, "DS has a type", NULL),
		STATE(ds_access, 0xc099, "DS has a type", NULL),
		STATE(ds_access, 0xc09b, NULL, NULL),
		STATE(ds_selector, 0x13, "DS has DPL < RPL", NULL),
		STATE(es_limit, 0xfffff000, "ES has G = 1 and a limit in bytes", NULL),
		STATE(fs_base, BIT(47), "FS has a base that is not canonical", NULL),
		STATE(gs_base, ~0ul << 47, NULL, NULL),
		STATE(tr_access, 0x89, "TR has a type", NULL),
		STATE(tr_access, 0x83, "TR has a type", NULL),
		STATE(tr_access, ACCESS_UNUSABLE, "TR is unusable", NULL),
		STATE(tr_selector, 4, "TR has a selector of the LDT", NULL),
		STATE(ldtr_access, 0x81, "LDTR has a type", NULL),
		STATE(ldtr_access, 0x82, NULL, NULL),
		STATE(ldtr_access, 0x02, "LDTR is not present", NULL),
	};

	run(broken, ARRAY_SIZE(broken));
}

TEST(tables_rip_and_flags)
{
	static const struct broken broken[] = {
		STATE(gdtr_base, BIT(47), "GDTR", NULL),
		STATE(gdtr_limit, BIT(16), "GDTR", NULL),
		STATE(idtr_base, BIT(47), "IDTR", NULL),
		STATE(idtr_limit, BIT(16), "IDTR", NULL),
		{ "rip", offsetof(struct arch_vcpu, rip), BIT(48), "RIP has too many bits", NULL },
		{ "rip", offsetof(struct arch_vcpu, rip), ~0ul << 40, NULL, NULL },
		{ "rflags", offsetof(struct arch_vcpu, rflags), 0, "RFLAGS lacks bit 1", NULL },
		{ "rflags", offsetof(struct arch_vcpu, rflags), 0x8002, "RFLAGS has a reserved bit",
		  NULL },
	};

	run(broken, ARRAY_SIZE(broken));
}

TEST(rules_of_later_steps)
{
	static const struct broken broken[] = {
		STATE(pat, 2, "PAT has a reserved memory type (SDM 27.3.1.1)", NULL),
		STATE(pat, 8ul << 56, "PAT has a reserved", NULL),
		STATE(pat, 0x0706050401000100, NULL, NULL),
		STATE(activity, 4, "there is no such activity state (SDM 27.3.1.5)", NULL),
		STATE(interruptibility, 0x20, "interruptibility has a reserved bit", NULL),
		STATE(interruptibility, 3, "behind STI and behind MOV SS at once", NULL),
		STATE(interruptibility, 1, "behind STI with IF = 0", NULL),
		STATE(interruptibility, 2, NULL, NULL),
	};

	vcpu.arch = good();
	vcpu.arch.state.pat = 2;
	if (!vmx_check_guest(&vcpu, true, false))
		return; /* not known yet: they come at once */
	run(broken, ARRAY_SIZE(broken));
	vcpu.arch = good();
	vcpu.arch.state.activity = 1;
	vcpu.arch.state.interruptibility = 2;
	expect(vmx_check_guest(&vcpu, true, false), "not active, and behind STI or MOV SS", "hlt");
	vcpu.arch = good_real();
	vcpu.arch.state.cr0 |= CR0_PG;
	expect(vmx_check_guest(&vcpu, false, true), "CR0.PG = 1 with CR0.PE = 0", "real mode");
	vcpu.arch = good();
	vcpu.arch.state.cr0 &= ~(u64)CR0_PG;
	expect(vmx_check_guest(&vcpu, true, true), "long mode with CR0.PG = 0", "PG");
	vcpu.arch = good_real();
	vcpu.arch.rip = BIT(32);
	expect(vmx_check_guest(&vcpu, false, true), "RIP has too many bits", "real mode");
	vcpu.arch = good_real();
	vcpu.arch.state.cs_access = 0xf3;
	vcpu.arch.state.ss_access = 0xf3;
	expect(vmx_check_guest(&vcpu, false, true), "CS is a data segment", "real mode");
}

TEST(virtual_8086_mode)
{
	vcpu.arch = good_real();
	vcpu.arch.state.cr0 |= CR0_PE | CR0_PG;
	vcpu.arch.rflags |= RFLAGS_VM;
	if (!vmx_check_guest(&vcpu, false, true))
		return; /* not known yet */
	for (u32 i = 0; i < 6; i++)
		((struct segment *)&vcpu.arch.state.es_selector)[i].access = 0xf3;
	expect(vmx_check_guest(&vcpu, false, true), NULL, "virtual-8086 mode");
	vcpu.arch.state.ds_base = 16;
	expect(vmx_check_guest(&vcpu, false, true), "DS has a base other than", "base");
	vcpu.arch.state.ds_base = 0;
	vcpu.arch.state.ss_limit = 0xfffff;
	expect(vmx_check_guest(&vcpu, false, true), "SS has a limit or rights", "limit");
}

TEST(host_state)
{
	static const struct {
		u32 field;
		u64 value;
		const char *says;
	} broken[] = {
		{ VMCS_HOST_CR0, CR0_PE | CR0_PG, "HOST_CR0: not as VMX fixes it (SDM 27.2.2)" },
		{ VMCS_HOST_CR4, CR4_PAE, "HOST_CR4: not as VMX fixes it (SDM 27.2.2)" },
		{ VMCS_HOST_CR4, CR4_VMXE, "HOST_CR4.PAE = 0 (SDM 27.2.4)" },
		{ VMCS_HOST_CR3, BIT(40), "HOST_CR3" },
		{ VMCS_HOST_EFER, EFER_LME | EFER_LMA | 2, "HOST_EFER has a reserved bit" },
		{ VMCS_HOST_EFER, EFER_LME, "HOST_EFER is not of long mode" },
		{ VMCS_HOST_CS, 0, "HOST_CS or TR: 0 (SDM 27.2.3)" },
		{ VMCS_HOST_TR, 0, "HOST_CS or TR: 0" },
		{ VMCS_HOST_DS, 3, "a host selector has an RPL or TI" },
		{ VMCS_HOST_GS, 4, "a host selector has an RPL or TI" },
		{ VMCS_HOST_GS_BASE, BIT(47), "a host address: not canonical" },
		{ VMCS_HOST_SYSENTER_EIP, BIT(63), "a host address: not canonical" },
		{ VMCS_HOST_RIP, BIT(47), "a host address: not canonical" },
		{ VMCS_EXIT_CONTROLS, 0, "an exit is not to 64 bits (SDM 27.2.4)" },
		{ VMCS_HOST_RIP, 0x100000, NULL },
	};

	for (u32 i = 0; i < ARRAY_SIZE(broken); i++) {
		good_host();
		fields[broken[i].field] = broken[i].value;
		expect(vmcs_check_host(), broken[i].says, "host state");
	}
}
