/* SPDX-License-Identifier: MIT */
#ifndef HV_VM_H
#define HV_VM_H

#include <hv/console.h>
#include <hv/host.h>
#include <hv/npt.h>
#include <hv/types.h>
#include <hv/vcpu.h>

#define MAX_VCPUS   4
#define MAX_DEVICES 16

/* One virtual machine. There may be several; nothing in the hypervisor means "the VM". */
struct vm {
	char name[16];
	u32 id; /* 1 and up, never reused */
	struct vm *next; /* of all VMs, in vm.c */
	u32 nr_vcpus;
	struct vcpu *vcpus[MAX_VCPUS];
	struct npt npt;
	gpa_t ram_base; /* the guest's RAM, in one piece */
	u64 ram_size;
	bool ended;
	int status; /* once it has ended: 0 is good */
	bool killed;
	u64 exits;
	struct device *devices[MAX_DEVICES];
	u32 nr_devices;
	struct device *irqchip;
	struct input input;
	struct region initrd; /* in guest-physical memory; size 0: none */
	const char *bootargs;
	int passed; /* the node of the host's tree that is passed through; 0: none */
	char line[128]; /* console output that waits for its end of line */
	u32 line_length;
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

/*
 * Give a VM memory at [gpa, gpa + size), in units of 4 KiB: the host's at hpa (passthrough), or
 * fresh frames, cleared, that are freed with the VM. flags are NPT_*. Return false where something
 * is mapped there already or no frame is left; vm_map_alloc may then have mapped a part.
 */
bool vm_map_linear(struct vm *vm, gpa_t gpa, hpa_t hpa, u64 size, u32 flags);
bool vm_map_alloc(struct vm *vm, gpa_t gpa, u64 size, u32 flags);
/*
 * Gives the page of RAM at gpa. False where that is not the VM's RAM, or it has been given before.
 */
bool vm_populate(struct vm *vm, gpa_t gpa);

/*
 * Copy from and to a guest's memory: the only way there for loaders, hypercalls and devices. Return
 * false where a byte of [gpa, gpa + length) is not the VM's memory; what lies before it is copied.
 */
bool vm_read_guest(struct vm *vm, gpa_t gpa, void *buf, u64 length);
bool vm_write_guest(struct vm *vm, gpa_t gpa, const void *buf, u64 length);

/* Runs the vCPU until its VM has ended, it waits for an interrupt, or its time slice is over. */
void vm_run(struct vcpu *vcpu);

/* A byte of the guest's console output. */
void vm_putc(struct vm *vm, char c);
/* The next byte of its input, 0 to 255, or -1 where none waits. */
int vm_getc(struct vm *vm);
bool vm_input_ready(struct vm *vm);

/*
 * All that a device knows of interrupts: its line is high, or low. The virtual interrupt controller
 * (irqchip.c of the arch) does the rest.
 */
void vm_irq_set(struct vm *vm, u32 line, bool level);

/* Ends the VM: it asked for it, and status says how it went. */
void vm_end(struct vm *vm, int status);
/*
 * Ends the VM of a vCPU that can't go on, with a report of the exit and all registers and status 1.
 * The hypervisor and other VMs live on.
 */
void vm_kill(struct vcpu *vcpu, const struct vm_exit *exit, const char *why);

#endif
