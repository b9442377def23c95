// SPDX-License-Identifier: MIT
#include <arch/check.h>
#include <arch/vmcs.h>
#include <hv/arch.h>
#include <hv/printf.h>
#include <hv/vcpu.h>

/* Bits 63 to 47 are all the same (SDM volume 1, 3.3.7.1). */
static bool canonical(u64 address)
{
	return address + BIT(47) < BIT(48);
}

/* Eight memory types, of which 2, 3 and from 8 on are reserved (SDM 12.12.2). */
static bool pat_reserved(u64 pat)
{
	for (; pat; pat >>= 8)
		if ((pat & 0xf8) || (pat & 0xfe) == 2)
			return true;
	return false;
}

/* This register has the bits that must be 1, the next one those that may (SDM 24.8, A.7, A.8). */
static bool unfixed(u64 value, u32 fixed0)
{
	return (~value & msr_read(fixed0)) || (value & ~msr_read(fixed0 + 1));
}

/* SDM 27.3.1.1 */
static const char *check_registers(const struct guest_state *s, bool long_mode, bool real)
{
	u64 free = real ? CR0_PE | CR0_PG : 0; /* an unrestricted guest has them (SDM 24.8) */
	bool lma = s->efer & EFER_LMA, lme = s->efer & EFER_LME, paging = s->cr0 & CR0_PG;

	RULE(paging && !(s->cr0 & CR0_PE), "CR0.PG = 1 with CR0.PE = 0 (SDM 27.3.1.1)");
	RULE(lma && !paging, "long mode with CR0.PG = 0 (SDM 27.3.1.1)");
	RULE(unfixed(s->cr0 | free, MSR_VMX_CR0_FIXED0), "CR0: not as VMX fixes it (SDM 27.3.1.1)");
	RULE(unfixed(s->cr4, MSR_VMX_CR4_FIXED0), "CR4: not as VMX fixes it (SDM 27.3.1.1)");
	RULE(lma != long_mode, "EFER.LMA differs from the entry control (SDM 27.3.1.1)");
	RULE(paging && lma != lme, "EFER.LMA is not EFER.LME, with paging on (SDM 27.3.1.1)");
	RULE(s->efer & ~EFER_GUEST, "EFER has a reserved bit (SDM 27.3.1.1)");
	RULE(lma && !(s->cr4 & CR4_PAE), "long mode with CR4.PAE = 0 (SDM 27.3.1.1)");
	RULE(!lma && (s->cr4 & CR4_PCIDE), "CR4.PCIDE = 1 without long mode (SDM 27.3.1.1)");
	RULE(too_wide(s->cr3), "CR3 has more bits than a physical address (SDM 27.3.1.1)");
	RULE(s->dr7 >> 32, "DR7 has a bit above 31 (SDM 27.3.1.1)");
	RULE(!canonical(s->sysenter_esp) || !canonical(s->sysenter_eip),
	     "SYSENTER_ESP or SYSENTER_EIP is not canonical (SDM 27.3.1.1)");
	RULE(pat_reserved(s->pat), "PAT has a reserved memory type (SDM 27.3.1.1)");
	return NULL;
}

enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

#define TYPE(seg) ((seg)->access & 0xf)
#define DPL(seg)  ((seg)->access >> 5 & 3)
#define RPL(seg)  ((seg)->selector & 3)

/* By sets of types, bit N for type N: all have been accessed, or are busy (SDM 3.4.5.1, 3.5). */
#define CODE  0xaa00
#define STACK 0x0088 /* can be written */
#define DATA  0x88aa /* can be read */
#define LDT   0x0004
#define TSS   0x0808
#define TSS64 0x0800

/* SDM 27.3.1.2: what holds for the segment register i of all. */
static const char *check_segment(const struct segment *all, u32 i, bool long_mode, bool real)
{
	const u16 code = real ? CODE | 1 << 3 : CODE; /* a data segment, in real mode */
	const u16 types[] = { DATA, code, STACK, DATA, DATA, DATA, LDT, long_mode ? TSS64 : TSS };
	const struct segment *seg = &all[i];
	bool system = i >= LDTR, wide = i >= FS, pages = seg->access & ACCESS_PAGES;
	u32 dpl = DPL(seg), ss = DPL(&all[SS]), both = ACCESS_LONG | ACCESS_BIG;

	RULE((seg->access & ACCESS_UNUSABLE) && (i == CS || i == TR), "is unusable");
	RULE(i == SS && !real && RPL(seg) != RPL(&all[CS]), "has another RPL than CS");
	RULE(i == SS && !real && RPL(seg) != dpl, "has an RPL that is not its DPL");
	if (seg->access & ACCESS_UNUSABLE)
		return NULL;
	RULE(wide && !canonical(seg->base), "has a base that is not canonical");
	RULE(!wide && seg->base >> 32, "has a base above 4 GiB");
	RULE(system && (seg->selector & SELECTOR_TI), "has a selector of the LDT");
	RULE(!(types[i] & 1 << TYPE(seg)), "has a type that can't be here");
	RULE(!(seg->access & ACCESS_S) != system, "has a wrong S: system segment, or not");
	RULE(!(seg->access & ACCESS_PRESENT), "is not present");
	RULE(seg->access & ACCESS_RESERVED, "has a reserved bit in its access rights");
	RULE(pages && ~seg->limit & 0xfff, "has G = 1 and a limit in bytes");
	RULE(!pages && seg->limit >> 20, "has G = 0 and a limit in pages");
	RULE(i == CS && long_mode && (seg->access & both) == both, "has L = 1 and D = 1");
	RULE(i == CS && TYPE(seg) < 12 && dpl != ss, "has another DPL than SS");
	RULE(i == CS && dpl > ss, "is conforming and has a higher DPL than SS");
	RULE(i != CS && !system && !real && TYPE(seg) < 12 && dpl < RPL(seg), "has DPL < RPL");
	return NULL;
}

static const char *check_segments(const struct vcpu *vcpu, bool long_mode, bool real)
{
	static const char *const names[] = { "ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR" };
	static char line[80];

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		const struct segment *all = (const struct segment *)&vcpu->arch.state.es_selector;
		const char *words = check_segment(all, i, long_mode, real);

		snprintf(line, sizeof(line), "%s %s (SDM 27.3.1.2)", names[i], words ? words : "");
		RULE(words, line);
	}
	return NULL;
}

const char *vmx_check_guest(const struct vcpu *vcpu, bool long_mode, bool unrestricted)
{
	const struct guest_state *s = &vcpu->arch.state;
	u32 bits = long_mode && (s->cs_access & ACCESS_LONG) ? 48 : 32;
	u64 flags = vcpu->arch.rflags, high = vcpu->arch.rip >> bits, shadow = s->interruptibility;
	const char *words;

	RULE((words = check_registers(s, long_mode, unrestricted)), words);
	RULE((words = check_segments(vcpu, long_mode, unrestricted)), words);
	RULE(!canonical(s->gdtr_base) || s->gdtr_limit >> 16,
	     "GDTR has a base that is not canonical or a limit above 64 KiB (SDM 27.3.1.3)");
	RULE(!canonical(s->idtr_base) || s->idtr_limit >> 16,
	     "IDTR has a base that is not canonical or a limit above 64 KiB (SDM 27.3.1.3)");
	RULE(high && (high != 0xffff || bits < 48), "RIP has too many bits (SDM 27.3.1.4)");
	RULE(flags & RFLAGS_RES0, "RFLAGS has a reserved bit (SDM 27.3.1.4)");
	RULE(!(flags & RFLAGS_RES1), "RFLAGS lacks bit 1 (SDM 27.3.1.4)");
	RULE((flags & RFLAGS_VM) && long_mode, "RFLAGS.VM = 1 in long mode (SDM 27.3.1.4)");
	RULE(s->activity > 3, "there is no such activity state (SDM 27.3.1.5)");
	RULE(s->activity && (shadow & 3), "not active, and behind STI or MOV SS (SDM 27.3.1.5)");
	RULE(shadow & ~0x1ful, "interruptibility has a reserved bit (SDM 27.3.1.5)");
	RULE((shadow & 3) == 3, "behind STI and behind MOV SS at once (SDM 27.3.1.5)");
	RULE((shadow & 1) && !(flags & RFLAGS_IF), "behind STI with IF = 0 (SDM 27.3.1.5)");
	return check_event(s->event);
}

/* SDM 27.2.2 to 27.2.4 */
const char *vmcs_check_host(void)
{
	static const u16 bases[] = { VMCS_HOST_FS_BASE, VMCS_HOST_GS_BASE, VMCS_HOST_TR_BASE,
				     VMCS_HOST_GDTR_BASE, VMCS_HOST_IDTR_BASE, VMCS_HOST_RIP,
				     VMCS_HOST_SYSENTER_ESP, VMCS_HOST_SYSENTER_EIP };
	u64 efer = vmcs_read(VMCS_HOST_EFER);
	u64 cr0 = vmcs_read(VMCS_HOST_CR0), cr4 = vmcs_read(VMCS_HOST_CR4);

	RULE(unfixed(cr0, MSR_VMX_CR0_FIXED0), "HOST_CR0: not as VMX fixes it (SDM 27.2.2)");
	RULE(unfixed(cr4, MSR_VMX_CR4_FIXED0), "HOST_CR4: not as VMX fixes it (SDM 27.2.2)");
	RULE(too_wide(vmcs_read(VMCS_HOST_CR3)), "HOST_CR3 is too wide (SDM 27.2.2)");
	RULE(pat_reserved(vmcs_read(VMCS_HOST_PAT)), "HOST_PAT: a reserved type (SDM 27.2.2)");
	RULE(efer & ~EFER_GUEST, "HOST_EFER has a reserved bit (SDM 27.2.2)");
	RULE(~efer & (EFER_LMA | EFER_LME), "HOST_EFER is not of long mode (SDM 27.2.2)");
	for (u32 field = VMCS_HOST_ES; field <= VMCS_HOST_TR; field += 2)
		RULE(vmcs_read(field) & 7, "a host selector has an RPL or TI (SDM 27.2.3)");
	RULE(!vmcs_read(VMCS_HOST_CS) || !vmcs_read(VMCS_HOST_TR), "HOST_CS or TR: 0 (SDM 27.2.3)");
	for (u32 i = 0; i < ARRAY_SIZE(bases); i++)
		RULE(!canonical(vmcs_read(bases[i])), "a host address: not canonical (SDM 27.2.3)");
	RULE(!(cr4 & CR4_PAE), "HOST_CR4.PAE = 0 (SDM 27.2.4)");
	RULE(!(vmcs_read(VMCS_EXIT_CONTROLS) & BIT(9)), "an exit is not to 64 bits (SDM 27.2.4)");
	return NULL;
}
