/* SPDX-License-Identifier: MIT */
/*
 * What an architecture gives to core/: the one contract between the two. Each arch/ folder
 * implements all of it, in files of the same names.
 *
 * The memory map of the hypervisor, on every architecture:
 *
 *	HV_BASE         the image: .text, .rodata, .data, .bss, the boot CPU's stack
 *	_end            the image's end, 4 KiB-aligned
 *
 * It runs identity-mapped, so a host-physical address is also a pointer (types.h).
 */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <hv/exit.h>
#include <hv/mmio.h>
#include <hv/types.h>

struct vcpu;
struct vm;

/*
 * boot.S calls this once, on the boot CPU, with a stack and a cleared .bss. hw_id is the number
 * that the hardware gives to this CPU (hart id, MPIDR_EL1, APIC id). boot_data is the host-physical
 * address of what the firmware or boot loader passed (device tree, multiboot information).
 */
_Noreturn void hv_main(u64 hw_id, u64 boot_data);

/* ---- console.c: the host's serial port, polled ---- */
void arch_console_init(void);
void arch_console_putc(char c);
/* The next character received, 0 to 255, or -1 where none waits. */
int arch_console_getc(void);
/* From now on a received character interrupts. */
void arch_console_enable_irq(void);

/* ---- board.c: what the host's description says of this ISA's parts ---- */
/* Fills the rest of host (host.h). NULL, or one line that says what is missing. */
const char *arch_host_probe(void);
/* The interrupt that a specifier in the host's tree names, as irqchip.c numbers them. */
u32 arch_host_irq(const u32 *specifier);

/* ---- tree.c, linux.c: what a guest kernel is told, and how ---- */
#define TREE_IRQCHIP 1 /* phandle of the guest's interrupt controller */
/*
 * arch/board.h defines TREE_IRQ_CELLS, the 32-bit cells of an interrupt specifier, and TREE_CLOCK,
 * the phandle of the one clock that the guest's devices have; 0: none.
 */
/*
 * Write the nodes of the CPUs and of what belongs to them, and of the devices on the bus; 0 or
 * libfdt's error.
 */
int arch_tree_cpus(void *tree, const struct vm *vm);
int arch_tree_devices(void *tree, const struct vm *vm);
/* The console's path. */
const char *arch_tree_console(void);
/* Where a guest's RAM begins on this ISA's usual board. */
gpa_t arch_guest_ram(void);
/*
 * Is this a Linux kernel for this ISA? Then *offset is its place from the beginning of RAM, and
 * *needed the bytes that it takes there, .bss included.
 */
bool arch_linux_image(const void *image, u64 size, u64 *offset, u64 *needed);

/* ---- boot: what the boot protocol says ---- */
/* Copies the command line, cut to size - 1 characters; an empty string where there is none. */
void arch_boot_cmdline(u64 boot_data, char *buf, size_t size);
/* The host's RAM that is free for frames: all of it but firmware, image and guests' windows. */
void arch_host_ram(hpa_t *start, hpa_t *end);
/* Ends the emulator with this status (0 to 255); spins where it can't. */
_Noreturn void arch_power_off(int status);

/* ---- traps.S, traps.c: exceptions taken by the hypervisor itself ---- */
/*
 * Installs the exception vectors. From here on an exception in the hypervisor prints what happened
 * and where, and ends the run, unless the faulting instruction has an entry in the exception table
 * (EXTABLE): then execution goes on at the entry's landing place.
 */
void arch_traps_init(void);
/* Causes one exception on purpose and lands behind it; returns its address. */
u64 arch_traps_selftest(void);

/* ---- detect.c: can this CPU host guests? ---- */
/*
 * Prints one line for each feature found and keeps them in cpu_features (arch/cpu.h). Returns
 * false, with *reason set to one line that says what is missing, where no guest can be hosted.
 */
bool arch_detect(const char **reason);

/* ---- hvmode.c: hypervisor mode on and off, on the CPU that calls ---- */
/* Returns false, having printed which register did not take its value. */
bool arch_hv_enable(void);
/* Undoes arch_hv_enable; may be called only with no guest on this CPU. */
void arch_hv_disable(void);

/* ---- vcpu.c: a virtual CPU's registers ---- */
/*
 * Sets every register as the ISA's boot protocol wants it at a kernel's entry: interrupts off,
 * guest paging off, pc = entry, the vCPU's number and arg where that protocol passes them.
 */
void arch_vcpu_reset(struct vcpu *vcpu, gpa_t entry, u64 arg);
/* Passes one more argument, in the register of a function's index-th (a2 is 2). */
void arch_vcpu_set_arg(struct vcpu *vcpu, u32 index, u64 value);
/*
 * Looks for what would make the entry fail, or land somewhere else than in the guest. Returns NULL
 * or one line that names the broken rule and its section in the manual.
 */
const char *arch_vcpu_check(const struct vcpu *vcpu);
/*
 * System registers: from memory to this CPU, and back. Called by vcpu_load() and vcpu_put() only.
 */
void arch_vcpu_load(struct vcpu *vcpu);
void arch_vcpu_put(struct vcpu *vcpu);
/*
 * Sends patterns through load and put and compares. Returns NULL or the name of the first register
 * that came back different. The vCPU's registers are unchanged afterwards.
 */
const char *arch_vcpu_selftest(struct vcpu *vcpu);
void arch_vcpu_dump(const struct vcpu *vcpu);
u64 arch_vcpu_pc(const struct vcpu *vcpu);

/*
 * [start, start + size), which is a guest's memory, has been written by the hypervisor: makes sure
 * that a guest fetches it as instructions, and sees it with its caches off.
 */
void arch_memory_written(const void *start, u64 size);

/* ---- switch.S, and arch/vcpu.h because it is inline: the world switch ---- */
/*
 * static inline int arch_vcpu_enter(struct vcpu *vcpu): enters the guest and returns at its next
 * exit, with the vCPU's registers saved. The vCPU must be loaded. 0, or -1 where the CPU refused.
 */

/* ---- exits.c: why did it come back? ---- */
/*
 * static inline void arch_exit_decode(struct vcpu *vcpu, struct vm_exit *exit), in arch/vcpu.h:
 * must be called before anything else can trap, because the cause is still in the CPU.
 */
/* The ISA's own name for the exit. */
const char *arch_exit_name(const struct vm_exit *exit);
/* Moves the guest's pc behind the instruction that exited. */
void arch_skip_instruction(struct vcpu *vcpu, const struct vm_exit *exit);
/*
 * Makes the guest's own kernel take the exception that an instruction raises which its CPU does not
 * have: undefined, illegal, #UD or #GP. The vCPU must be loaded.
 */
void arch_inject_undefined(struct vcpu *vcpu, const struct vm_exit *exit);
/* Emulates the access to a system register, or refuses it in the way that real hardware would. */
enum exit_result arch_sysreg(struct vcpu *vcpu, const struct vm_exit *exit);

/* ---- npt.c: the second stage's entries ---- */
const struct npt_format *arch_npt_format(void);
/* VMIDs, ASIDs or VPIDs for guests run from 1 to this. */
u32 arch_max_vmid(void);

/* ---- mmio.c: the instruction that touched a device ---- */
/* Takes it apart, right after its exit; what is stored is already in mmio->value. */
enum mmio_result arch_mmio_decode(struct vcpu *vcpu, const struct vm_exit *exit, struct mmio *mmio);
/* Puts what was read into its register and moves the guest's pc on. */
void arch_mmio_complete(struct vcpu *vcpu, const struct mmio *mmio);

/* ---- irqchip.c: the host's interrupt controller, and the guest's ---- */
/* Lets the host console's input interrupt this CPU. */
void arch_irq_init(void);
/* Handles all interrupts of the host's devices that are pending. */
void arch_irq_handle(void);
/* Adds the interrupt controller that vm_irq_set() talks to; before any other device. */
bool arch_irqchip_create(struct vm *vm);
/*
 * From now on this interrupt of the host's is the VM's, under the same number; the host's
 * controller holds it back from when it came until the guest has handled it.
 */
void arch_irq_pass_through(struct vm *vm, u32 irq);
/* Makes one of the vCPU's own interrupt inputs, in the ISA's numbering, high or low. */
void arch_vcpu_set_irq(struct vcpu *vcpu, u32 irq, bool level);
/* Would this vCPU, which is not loaded, wake up from waiting? */
bool arch_vcpu_irq_pending(const struct vcpu *vcpu);

/* ---- machine.c: what a guest's machine has beside CPU and RAM ---- */
bool arch_machine_create(struct vm *vm);

/* ---- hypercall.c ---- */
/* Answers the hypercall and moves the guest's pc behind it. */
enum exit_result arch_hypercall(struct vcpu *vcpu, const struct vm_exit *exit);

/* ---- timer.c ---- */
/* Instructions executed by this CPU so far, as well as it can count them. */
u64 arch_instructions(void);
/* Time in ticks of a constant frequency, and that frequency in Hz. */
u64 arch_time(void);
u64 arch_time_frequency(void);
/*
 * Sets this CPU's own timer for what comes first: the end of the slice, or the deadline of the
 * loaded vCPU where its timer is emulated.
 */
void arch_timer_program(struct vcpu *vcpu);
/* That timer fired while this vCPU, which is still loaded, ran. */
void arch_timer_fired(struct vcpu *vcpu);
/* When the timer of this vCPU, which is not loaded, will interrupt it; ~0: never. */
u64 arch_vcpu_deadline(const struct vcpu *vcpu);
/* Sleeps until then or until an interrupt of the host's, which it handles. */
void arch_wait_until(u64 deadline);

#endif
