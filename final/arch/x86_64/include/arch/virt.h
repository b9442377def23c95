/* SPDX-License-Identifier: MIT */
/*
 * Two vendors, one table of operations. vmx.c (Intel) and svm.c (AMD) each fill one, with the same
 * functions in the same order; detect.c chooses by CPUID, and everything else calls through virt.
 */
#ifndef ARCH_VIRT_H
#define ARCH_VIRT_H

#include <hv/types.h>

struct guest_reg;
struct npt_format;
struct vm_exit;
struct vcpu;

struct virt {
	const char *name;
	/* Does CPUID offer it? */
	bool (*offered)(void);
	/* As arch_detect(), but for this one. */
	bool (*detect)(const char **reason);
	/* As arch_hv_enable() and arch_hv_disable(). */
	bool (*enable)(void);
	void (*disable)(void);
	/* Their part of arch_vcpu_reset() and its kin: the VMCS or VMCB. */
	void (*vcpu_reset)(struct vcpu *vcpu);
	const char *(*vcpu_check)(const struct vcpu *vcpu);
	void (*vcpu_load)(struct vcpu *vcpu);
	void (*vcpu_put)(struct vcpu *vcpu);
	/* One register of a loaded vCPU: see GUEST_STATE (vcpu.h). */
	u64 (*state_read)(const struct vcpu *vcpu, const struct guest_reg *reg);
	void (*state_write)(struct vcpu *vcpu, const struct guest_reg *reg, u64 value);
	void (*vcpu_dump)(const struct vcpu *vcpu);
	/*
	 * switch.S: 0, or what tells how the CPU refused the entry: 1 where the instruction itself
	 * failed, -1 where it was an exit of its own kind. Then that is explained in print.
	 */
	int (*enter)(struct vcpu *vcpu);
	void (*explain_refusal)(struct vcpu *vcpu, int refused);
	/* Why the guest exited, in the vendor's numbers; that of a hypercall; their names. */
	u64 (*exit_code)(const struct vcpu *vcpu);
	u64 hypercall;
	const char *(*exit_name)(u64 code);
	/* The cause, for core/: exit->reason and insn, vcpu->arch.exit. */
	void (*exit_decode)(struct vcpu *vcpu, struct vm_exit *exit);
	/* The form of the second stage's entries (npt.c). */
	struct npt_format *npt_format;
	/* The event whose delivery the exit has interrupted; 0: none. */
	u64 (*interrupted_event)(const struct vcpu *vcpu);
	/* From now on the guest exits as soon as it can take an interrupt, or does not. */
	void (*watch_window)(struct vcpu *vcpu, bool on);
	/* Reads of CR8 that do not exit give this task priority, 0 to 255. */
	void (*show_tpr)(struct vcpu *vcpu, u32 tpr);
};

int vmx_enter(struct vcpu *vcpu);
int svm_enter(struct vcpu *vcpu);

extern const struct virt vmx, svm;
/* The one that this CPU has; NULL before arch_detect(), or where it has none. */
extern const struct virt *virt;

#endif
