/* SPDX-License-Identifier: MIT */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/exit.h>
#include <hv/types.h>

/*
 * What a guest has of the CPU's registers, in the order of both vendors' manuals: the name, the
 * encoding of its VMCS field (SDM appendix B), its offset in the VMCB (APM tables B-1 and B-2) and
 * its bits, 12 for access rights and 48 for an address that must be canonical. From 0x3e0 on a VMCB
 * has room for what only Intel's CPUs know. What VMX does not switch has an MSR's number instead of
 * an encoding: it is in the CPU's own register as long as the vCPU is loaded, and we leave it
 * alone. The shadows are what the guest believes to have written. The event is what it takes at its
 * next entry.
 */
#define SEGMENT(REG, name, i, offset)                           \
	REG(name##_selector, 0x0800 + 2 * (i), 0x0 + (offset), 16) \
	REG(name##_access, 0x4814 + 2 * (i), 0x2 + (offset), 12)   \
	REG(name##_limit, 0x4800 + 2 * (i), 0x4 + (offset), 32)    \
	REG(name##_base, 0x6806 + 2 * (i), 0x8 + (offset), 64)

#define GUEST_STATE(REG)                     \
	REG(cr0, 0x6800, 0x558, 64)          \
	REG(cr3, 0x6802, 0x550, 64)          \
	REG(cr4, 0x6804, 0x548, 64)          \
	REG(cr0_shadow, 0x6004, 0x3f0, 64)   \
	REG(cr4_shadow, 0x6006, 0x3f8, 64)   \
	REG(dr7, 0x681a, 0x560, 64)          \
	REG(efer, 0x2806, 0x4d0, 64)         \
	REG(pat, 0x2804, 0x668, 64)          \
	REG(star, 0xc0000081, 0x600, 64)     \
	REG(lstar, 0xc0000082, 0x608, 48)    \
	REG(cstar, 0xc0000083, 0x610, 48)    \
	REG(sfmask, 0xc0000084, 0x618, 32)   \
	REG(kernel_gs_base, 0xc0000102, 0x620, 48) \
	SEGMENT(REG, es, 0, 0x400)         \
	SEGMENT(REG, cs, 1, 0x410)         \
	SEGMENT(REG, ss, 2, 0x420)         \
	SEGMENT(REG, ds, 3, 0x430)         \
	SEGMENT(REG, fs, 4, 0x440)         \
	SEGMENT(REG, gs, 5, 0x450)         \
	SEGMENT(REG, ldtr, 6, 0x470)       \
	SEGMENT(REG, tr, 7, 0x490)         \
	REG(gdtr_limit, 0x4810, 0x464, 32)   \
	REG(gdtr_base, 0x6816, 0x468, 64)    \
	REG(idtr_limit, 0x4812, 0x484, 32)   \
	REG(idtr_base, 0x6818, 0x488, 64)    \
	REG(sysenter_cs, 0x482a, 0x628, 32)  \
	REG(sysenter_esp, 0x6824, 0x630, 64) \
	REG(sysenter_eip, 0x6826, 0x638, 64) \
	REG(tsc_aux, 0xc0000103, 0, 32)      \
	REG(debugctl, 0x2802, 0x670, 64)     \
	REG(interruptibility, 0x4824, 0x68, 32) \
	REG(activity, 0x4826, 0x3e0, 32)         \
	REG(pending_debug, 0x6822, 0x3e8, 64) \
	REG(event, 0x4016, 0xa8, 32)         \
	REG(event_error, 0x4018, 0xac, 32)

/*
 * Instructions that exit, one list for both vendors. What is known of the latest: its length in
 * bytes, and the exit qualification as VMX defines it (SDM 28.2.1).
 */
enum x86_insn {
	INSN_UNDEFINED, /* of an extension that the guest's CPU does not have */
	INSN_CPUID,
	INSN_CR,
	INSN_HLT,
	INSN_INVD,
	INSN_IO,
	INSN_RDMSR,
	INSN_RDPMC,
	INSN_WRMSR,
	INSN_XSETBV,
};

struct exit_insn {
	u32 length;
	u64 info;
};

#define IO_WIDTH(info) (((info) & 7) + 1)
#define IO_IN	       BIT(3)
#define IO_STRING      BIT(4)
#define IO_PORT(info)  ((u16)((info) >> 16))

#define CR_NUMBER(info) ((info) & 15)
#define CR_ACCESS(info) ((info) >> 4 & 3)
#define CR_STORE        1
#define CR_IS_LMSW      3
#define CR_GPR(info)    ((info) >> 8 & 15)
#define CR_LMSW(info)   ((info) >> 16 & 15)

struct arch_vcpu {
	/* Exchanged at each entry and exit. */
	u64 gpr[16]; /* by the instructions' numbers: enum gpr */
	u64 rip, rflags;
	bool launched; /* VMX: its VMCS has been entered since it was loaded */

	/* In the VMCS or VMCB while the vCPU is loaded. */
	struct guest_state {
#define FIELD(reg, vmcs, vmcb, bits) u64 reg;
		GUEST_STATE(FIELD)
#undef FIELD
	} state;
	u64 cr8;

	/* x87, SSE and AVX, in the CPU while the vCPU is loaded; and which of them XSAVE saves. */
	u8 fpu[832] __attribute__((aligned(64)));
	u64 xcr0;

	struct exit_insn exit;

	/* The VMCS or VMCB itself, whose place is the CPU's to know. */
	u8 control[4096] __attribute__((aligned(4096)));
};

/*
 * Enters the guest (switch.S) and comes back at its next exit. The guest's registers take the place
 * of all of ours. Saying so to the compiler, instead of saving rbx and r12 to r15 as a called
 * function would, makes it save only what the caller still needs: outside the loop that calls
 * vcpu_run(), not at each exit. Returns 0, or -1 where the CPU refused the entry.
 */
static inline int arch_vcpu_enter(struct vcpu *vcpu)
{
	struct vcpu *rdi = vcpu;
	int refused;

	__asm__ volatile("call *%2"
			 : "=a"(refused), "+D"(rdi)
			 : "m"(virt->enter)
			 : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
			   "r14", "r15", "cc", "memory");
	if (refused) {
		virt->explain_refusal(vcpu, refused);
		return -1;
	}
	return 0;
}

/* vcpu.c: may a guest have this in XCR0? */
bool xcr0_allowed(u64 value);

/*
 * exits.c. Where the guest's own page tables lead this address; false: nowhere, or out of its
 * memory. vcpu_fetch() gives the bytes at its pc, as many as can be read. Loaded vCPUs only.
 */
bool vcpu_translate(struct vcpu *vcpu, gva_t gva, gpa_t *gpa);
u32 vcpu_fetch(struct vcpu *vcpu, u8 *buf, u32 size);
/* Has the guest take this event (EVENT_*, x86.h) at its next entry. */
void vcpu_raise(struct vcpu *vcpu, u64 event);
/* Moves its pc behind an instruction of this many bytes. */
void vcpu_advance(struct vcpu *vcpu, u32 length);

/* cpuid.c: answers the instruction; the bits of CR4 that the features shown there bring. */
void emulate_cpuid(struct vcpu *vcpu);
u64 guest_cr4(void);

/* msr.c: RDMSR and WRMSR. False: the guest has no such register, or it can't take this value. */
bool guest_rdmsr(struct vcpu *vcpu, u32 msr, u64 *value);
bool guest_wrmsr(struct vcpu *vcpu, u32 msr, u64 value);
/* Those that a guest reads and writes without us. */
extern const u32 free_msrs[], nr_free_msrs;

/* exits.c: all causes but the commonest. */
void arch_exit_decode_rest(struct vcpu *vcpu, struct vm_exit *exit);

static inline void arch_exit_decode(struct vcpu *vcpu, struct vm_exit *exit)
{
	exit->code = virt->exit_code(vcpu);
	if (exit->code == virt->hypercall)
		exit->reason = REASON_HYPERCALL;
	else
		arch_exit_decode_rest(vcpu, exit);
}

/* GUEST_STATE as a table (vcpu.c). */
extern const struct guest_reg {
	const char *name;
	u32 vmcs; /* encoding, or an MSR's number */
	u32 vmcb; /* offset */
	u32 bits; /* 12: access rights; 48: an address */
} guest_regs[];

#define FIRST_MSR 0xc0000000 /* no VMCS field's encoding is as large */

/* Struct guest_state taken as an array, which has the same order. */
#define NR_GUEST_REGS    (sizeof(struct guest_state) / sizeof(u64))
#define STATE_INDEX(reg) (offsetof(struct guest_state, reg) / sizeof(u64))

/*
 * A register of a vCPU that is loaded, by its name in GUEST_STATE; of one that is not,
 * vcpu->arch.state has them.
 */
#define state_get(vcpu, reg)        virt->state_read(vcpu, &guest_regs[STATE_INDEX(reg)])
#define state_set(vcpu, reg, value) virt->state_write(vcpu, &guest_regs[STATE_INDEX(reg)], value)

/* Brings vcpu->arch.state up to date, of a vCPU that is loaded and stays so. */
void state_save(struct vcpu *vcpu);

/* A register that the VMCS, or the VMCB, does not hold: the CPU's own. */
u64 cpu_reg_read(const struct guest_reg *reg);
void cpu_reg_write(const struct guest_reg *reg, u64 value);

#endif
