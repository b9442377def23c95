/* SPDX-License-Identifier: MIT */
/*
 * The guest's GICv2 (Arm Generic Interrupt Controller Architecture Specification 2.0, IHI 0048B).
 * Its distributor is emulated (vgic.c). Its CPU interface is the hardware's virtual one (GICV):
 * what the guest acknowledges and ends there without us comes from the list registers, which we
 * fill (irqchip.c).
 */
#ifndef ARCH_VGIC_H
#define ARCH_VGIC_H

#include <hv/device.h>
#include <hv/vm.h>

/* The registers of a distributor (4.3) */
#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_ISENABLER  0x100 /* a bit an interrupt; the first word is each CPU's own, as below */
#define GICD_ICENABLER  0x180
#define GICD_ISPENDR    0x200
#define GICD_ICPENDR    0x280
#define GICD_ISACTIVER  0x300
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400 /* a byte an interrupt */
#define GICD_ITARGETSR  0x800 /* a byte an interrupt, a bit a CPU */
#define GICD_ICFGR      0xc00 /* two bits an interrupt: the upper one says edge */
#define GICD_SGIR       0xf00
#define GICD_CPENDSGIR  0xf10 /* a byte an SGI, a bit a CPU that sent it */
#define GICD_SPENDSGIR  0xf20
#define GICD_ICPIDR2    0xfe8

#define CTLR_ENABLE BIT(0) /* of GICC_CTLR too */

#define NR_PRIVATE 32 /* 0 to 15: from CPU to CPU (SGIs); 16 to 31: a CPU's own devices (PPIs) */
#define NR_IRQS    96 /* from 32 on shared (SPIs) */
#define NR_SGIS    16

/* One interrupt of the guest's. */
struct virq {
	bool enabled;
	bool edge;    /* else its level counts */
	bool level;   /* its line is high */
	bool latched; /* an edge came, or the host's own, or the guest set it pending itself */
	bool listed;  /* it is in a list register */
	bool relatch; /* and was latched before */
	bool hw;      /* the host's of the same number is behind it, active until this has ended */
	u8 sources;   /* an SGI: the CPUs that sent it */
	u8 priority;  /* 0 is the highest */
	u8 targets;   /* a shared one: the CPUs that take it */
};

struct vgic {
	struct device device;
	bool enabled;
	u64 look_at[MAX_VCPUS][2]; /* a bit for each that may be pending: few are looked at */
	struct virq private[MAX_VCPUS][NR_PRIVATE];
	struct virq shared[NR_IRQS - NR_PRIVATE];
};

static inline struct virq *virq(struct vgic *vgic, u32 cpu, u32 irq)
{
	return irq < NR_PRIVATE ? &vgic->private[cpu][irq] : &vgic->shared[irq - NR_PRIVATE];
}

static inline bool virq_pending(const struct virq *virq)
{
	return virq->latched || virq->sources || (virq->level && !virq->edge);
}

/* With hw: the guest has it and has not ended it yet. */
static inline bool virq_is_given(const struct virq *virq)
{
	return virq->latched || virq->listed;
}

/* Does this CPU take that interrupt? One of several that could takes it, and always the same. */
static inline bool virq_targets(const struct vgic *vgic, const struct virq *virq, u32 irq, u32 cpu)
{
	if (irq < NR_PRIVATE || vgic->device.vm->nr_vcpus == 1)
		return true;
	return virq->targets && (u32)__builtin_ctz(virq->targets) == cpu;
}

extern const struct device_ops vgic_ops;

/* Whatever makes an interrupt pending says so here. */
static inline struct virq *virq_touch(struct vgic *vgic, u32 cpu, u32 irq)
{
	for (u32 i = 0; i < MAX_VCPUS; i++)
		if (irq >= NR_PRIVATE || i == cpu)
			vgic->look_at[i][irq / 64] |= BIT(irq % 64);
	return virq(vgic, cpu, irq);
}

/* irqchip.c: something has changed; brings the list registers of all the VM's vCPUs up to date. */
void vgic_update(struct vgic *vgic);
/*
 * The state that it has in a list register: pending, and active once the guest has acknowledged it.
 */
#define LR_PENDING BIT(28)
#define LR_ACTIVE  BIT(29)
u32 vgic_listed_state(struct vgic *vgic, u32 cpu, u32 irq);

/*
 * irqchip.c: before a vCPU's registers are reset: what its list registers held is taken out of
 * them. What the host is behind comes again; the rest is lost with the CPU's state.
 */
void vgic_restart(struct vcpu *vcpu);

/* irqchip.c: what of it is in the CPU while a vCPU is loaded. */
void vgic_load(struct vcpu *vcpu);
void vgic_put(struct vcpu *vcpu);

#endif
