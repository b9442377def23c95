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
 * its bits, 12 for access rights. From 0x3e0 on a VMCB has room for what only Intel's CPUs know.
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
	REG(dr7, 0x681a, 0x560, 64)          \
	REG(efer, 0x2806, 0x4d0, 64)         \
	REG(pat, 0x2804, 0x668, 64)          \
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
	REG(debugctl, 0x2802, 0x670, 64)     \
	REG(interruptibility, 0x4824, 0x68, 32) \
	REG(activity, 0x4826, 0x3e0, 32)         \
	REG(pending_debug, 0x6822, 0x3e8, 64)

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
	u32 vmcs; /* encoding */
	u32 vmcb; /* offset */
	u32 bits; /* 12: access rights */
} guest_regs[];

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

#endif
