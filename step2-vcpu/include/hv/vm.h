/* SPDX-License-Identifier: MIT */
#ifndef HV_VM_H
#define HV_VM_H

#include <hv/types.h>
#include <hv/vcpu.h>

#define MAX_VCPUS 4

/* One virtual machine. There may be several; nothing in the hypervisor means "the VM". */
struct vm {
	char name[16];
	u32 id; /* 1 and up, never reused */
	struct vm *next; /* of all VMs, in vm.c */
	u32 nr_vcpus;
	struct vcpu *vcpus[MAX_VCPUS];
};

/* NULL where no frame is left. The name is cut to 15 characters. */
struct vm *vm_create(const char *name);
/* Frees the VM, its vCPUs and all that belongs to them. */
void vm_destroy(struct vm *vm);

/*
 * Makes the VM's next vCPU, ready to run from entry with arg as the boot protocol of the ISA passes
 * one (a1, x0, RSI). NULL where no frame is left or the VM has MAX_VCPUS.
 */
struct vcpu *vm_init_vcpu(struct vm *vm, gpa_t entry, u64 arg);

#endif
