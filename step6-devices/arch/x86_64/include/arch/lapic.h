/* SPDX-License-Identifier: MIT */
/*
 * The local APIC (SDM chapter 11), which every CPU has for itself: it puts interrupts in order of
 * priority and hands them to its CPU, sends some to other CPUs, and has a timer. One is the host's
 * (irqchip.c, timer.c); each vCPU has one that is emulated (lapic.c).
 */
#ifndef ARCH_LAPIC_H
#define ARCH_LAPIC_H

#include <hv/types.h>

/* Registers by their offset in the page (SDM table 11-1); an x2APIC's MSR is 0x800 + offset / 16 */
#define APIC_ID          0x020
#define APIC_VERSION     0x030
#define APIC_TPR         0x080 /* task priority */
#define APIC_PPR         0x0a0 /* processor priority */
#define APIC_EOI         0x0b0 /* end of interrupt */
#define APIC_LDR         0x0d0 /* logical destination */
#define APIC_DFR         0x0e0 /* destination format */
#define APIC_SVR         0x0f0 /* spurious interrupt vector */
#define APIC_ISR         0x100 /* in service; 256 bits in eight registers, as the next two */
#define APIC_TMR         0x180 /* trigger mode: set for level */
#define APIC_IRR         0x200 /* interrupt request */
#define APIC_ESR         0x280 /* error status */
#define APIC_ICR         0x300 /* interrupt command; its second half is at 0x310 */
#define APIC_ICR_HIGH    0x310
#define APIC_LVT_TIMER   0x320 /* local vector table */
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PERF    0x340
#define APIC_LVT_LINT0   0x350
#define APIC_LVT_LINT1   0x360
#define APIC_LVT_ERROR   0x370
#define APIC_INITIAL     0x380 /* the timer's initial count */
#define APIC_CURRENT     0x390
#define APIC_DIVIDE      0x3e0
#define APIC_SELF_IPI    0x3f0 /* x2APIC only */

#define APIC_SVR_ENABLE   BIT(8)
#define APIC_LVT_MASKED   BIT(16)
#define APIC_DIVIDE_BY_1  0xb

#define MSR_APIC_BASE     0x1b
#define MSR_TSC_DEADLINE  0x6e0
#define MSR_X2APIC        0x800 /* to 0x83f */
#define APIC_BASE_ENABLE  BIT(11)
#define APIC_BASE_X2APIC  BIT(10)
#define APIC_BASE_BSP     BIT(8) /* the boot CPU's */

struct vcpu;

struct lapic {
	u64 base;      /* IA32_APIC_BASE: where it is, and in which mode */
	u32 regs[64];  /* by offset / 16 */
	u32 errors;    /* of which ESR does not tell yet */
	u32 shift;     /* the timer's divisor, as a power of two */
	u64 deadline;  /* when the timer fires, in arch_time(); ~0: never */
	bool window;   /* we have asked for an exit as soon as the guest can be interrupted */
};

/* As after power-up (SDM 11.4.7.1): in xAPIC mode, disabled by software. */
void lapic_reset(struct vcpu *vcpu);

/* An access by MMIO, offset a multiple of 16 below 0x400; false: no such register. */
bool lapic_read(const struct vcpu *vcpu, u32 offset, u32 *value);
bool lapic_write(struct vcpu *vcpu, u32 offset, u32 value);
/*
 * The same by MSR: IA32_APIC_BASE, IA32_TSC_DEADLINE, and those of an x2APIC. False: #GP. The vCPU
 * must be loaded.
 */
bool lapic_msr_read(const struct vcpu *vcpu, u32 msr, u64 *value);
bool lapic_msr_write(struct vcpu *vcpu, u32 msr, u64 value);

/* The task priority of a loaded vCPU, 0 to 255; CR8 is its upper half (SDM 11.8.6). */
u32 lapic_tpr(const struct vcpu *vcpu);
void lapic_set_tpr(struct vcpu *vcpu, u32 tpr);

/* An interrupt with this vector (0 to 255) reaches the vCPU, which need not be loaded. */
void lapic_interrupt(struct vcpu *vcpu, u32 vector, bool level);
/* Is there one that the vCPU would take now if its RFLAGS.IF is 1? */
bool lapic_pending(const struct vcpu *vcpu);
/*
 * Called before an entry when arch.attention is set: has the guest take the most urgent interrupt,
 * or exit as soon as it can. The vCPU must be loaded.
 */
void lapic_deliver(struct vcpu *vcpu);

/* Lets the timer fire if its time has come. */
void lapic_check_timer(struct vcpu *vcpu);
/* When the timer will make lapic_pending() true; ~0: not at all, or it has done so already. */
u64 lapic_timer_deadline(const struct vcpu *vcpu);

/* irqchip.c: the host's own. */
u32 host_apic_read(u32 offset);
void host_apic_write(u32 offset, u32 value);
/* One of the vectors from VECTOR_TIMER on has come (traps.c). */
void host_interrupt(u64 vector);
#define VECTOR_TIMER    0x20
#define VECTOR_COM1     0x21
#define VECTOR_SPURIOUS 0x22

#endif
