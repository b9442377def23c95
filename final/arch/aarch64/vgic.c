// SPDX-License-Identifier: MIT
/* The guest's distributor (IHI 0048B, 4.3). */
#include <arch/vgic.h>
#include <hv/pcpu.h>

#define ICPIDR2_V2 0x20

#define PRIORITY_MASK 0xf8 /* a list register has five bits for it (5.3.10) */

#define SGIR_FILTER(value)  ((value) >> 24 & 3)
#define SGIR_TARGETS(value) ((value) >> 16 & 0xff)
#define SGIR_SGI(value)     ((value) & 0xf)
enum { FILTER_LIST, FILTER_OTHERS, FILTER_SELF };

/* A bit of one of the registers that have one for each interrupt. */
static bool read_bit(struct vgic *vgic, u32 cpu, u64 block, u32 irq)
{
	switch (block) {
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		return virq(vgic, cpu, irq)->enabled;
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		return virq_pending(virq(vgic, cpu, irq)) ||
		       (vgic_listed_state(vgic, cpu, irq) & LR_PENDING);
	default:
		return vgic_listed_state(vgic, cpu, irq) & LR_ACTIVE;
	}
}

/* The bit was written as 1; what the host is behind stays pending, as a line does that is high. */
static void write_bit(struct vgic *vgic, u32 cpu, u64 block, u32 irq)
{
	struct virq *v = virq_touch(vgic, cpu, irq);

	if (block == GICD_ISENABLER || block == GICD_ICENABLER)
		v->enabled = block == GICD_ISENABLER;
	else if ((block == GICD_ISPENDR || block == GICD_ICPENDR) && irq >= NR_SGIS && !v->hw)
		v->latched = v->relatch = block == GICD_ISPENDR;
}

static bool has_bytes(u64 offset)
{
	return (offset >= GICD_IPRIORITYR && offset < GICD_ICFGR) ||
	       (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + NR_SGIS);
}

static u8 read_byte(struct vgic *vgic, u32 cpu, u64 offset)
{
	u32 irq = offset & 0x3ff;

	if (offset >= GICD_CPENDSGIR)
		return virq(vgic, cpu, offset % NR_SGIS)->sources;
	if (irq >= NR_IRQS)
		return 0;
	if (offset < GICD_ITARGETSR)
		return virq(vgic, cpu, irq)->priority;
	return irq < NR_PRIVATE ? 1u << cpu : virq(vgic, cpu, irq)->targets;
}

static void write_byte(struct vgic *vgic, u32 cpu, u64 offset, u8 value)
{
	u32 irq = offset & 0x3ff;

	if (offset >= GICD_SPENDSGIR)
		virq_touch(vgic, cpu, offset % NR_SGIS)->sources |= value;
	else if (offset >= GICD_CPENDSGIR)
		virq(vgic, cpu, offset % NR_SGIS)->sources &= ~value;
	else if (irq < NR_IRQS && offset < GICD_ITARGETSR)
		virq(vgic, cpu, irq)->priority = value & PRIORITY_MASK;
	else if (irq < NR_IRQS && irq >= NR_PRIVATE)
		virq(vgic, cpu, irq)->targets = value & (BIT(vgic->device.vm->nr_vcpus) - 1);
}

/* Edge or level: an SGI is an edge, and of a CPU's own nothing can be changed (4.3.13). */
static bool read_config(struct vgic *vgic, u32 cpu, u32 irq)
{
	return irq < NR_SGIS || virq(vgic, cpu, irq)->edge;
}

static void send_sgi(struct vgic *vgic, u32 cpu, u32 value)
{
	u32 all = BIT(vgic->device.vm->nr_vcpus) - 1;
	u32 targets = SGIR_FILTER(value) == FILTER_LIST	  ? SGIR_TARGETS(value) :
		      SGIR_FILTER(value) == FILTER_OTHERS ? ~(1u << cpu) :
		      SGIR_FILTER(value) == FILTER_SELF	  ? 1u << cpu :
							    0;

	for (targets &= all; targets; targets &= targets - 1)
		virq_touch(vgic, __builtin_ctz(targets), SGIR_SGI(value))->sources |= 1u << cpu;
}

static u32 read_word(struct vgic *vgic, u32 cpu, u64 offset)
{
	u64 block = offset & ~0x7ful;
	u32 value = 0;

	if (offset == GICD_CTLR)
		return vgic->enabled ? CTLR_ENABLE : 0;
	if (offset == GICD_TYPER)
		return (vgic->device.vm->nr_vcpus - 1) << 5 | (NR_IRQS / 32 - 1);
	if (offset == GICD_ICPIDR2)
		return ICPIDR2_V2;
	for (u32 i = 0, irq = offset % 0x80 * 8; i < 32 && irq < NR_IRQS; i++, irq++)
		if (block >= GICD_ISENABLER && block < GICD_IPRIORITYR)
			value |= (u32)read_bit(vgic, cpu, block, irq) << i;
	for (u32 i = 0; i < 4 && has_bytes(offset); i++)
		value |= (u32)read_byte(vgic, cpu, offset + i) << 8 * i;
	for (u32 i = 0, irq = offset % 0x100 * 4; i < 16 && irq < NR_IRQS; i++, irq++)
		if (offset >= GICD_ICFGR && offset < GICD_SGIR)
			value |= (u32)read_config(vgic, cpu, irq) << (2 * i + 1);
	return value;
}

static void write_word(struct vgic *vgic, u32 cpu, u64 offset, u32 value)
{
	u64 block = offset & ~0x7ful;

	if (offset == GICD_CTLR)
		vgic->enabled = value & CTLR_ENABLE;
	else if (offset == GICD_SGIR)
		send_sgi(vgic, cpu, value);
	for (u32 i = 0, irq = offset % 0x80 * 8; i < 32 && irq < NR_IRQS; i++, irq++)
		if (block >= GICD_ISENABLER && block < GICD_IPRIORITYR && (value >> i & 1))
			write_bit(vgic, cpu, block, irq);
	for (u32 i = 0; i < 4 && has_bytes(offset); i++)
		write_byte(vgic, cpu, offset + i, value >> 8 * i);
	for (u32 i = 0, irq = offset % 0x100 * 4; i < 16 && irq < NR_IRQS; i++, irq++)
		if (offset >= GICD_ICFGR && offset < GICD_SGIR && irq >= NR_PRIVATE)
			virq(vgic, cpu, irq)->edge = value >> (2 * i + 1) & 1;
}

/* Words, but for the registers that have a byte an interrupt, which take bytes too (4.1.4). */
static bool has_register(u64 offset, u32 width)
{
	return (width == 1 && has_bytes(offset)) || (width == 4 && IS_ALIGNED(offset, 4));
}

static bool vgic_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	struct vgic *vgic = (struct vgic *)device;
	u32 cpu = this_pcpu()->loaded->id; /* the one that reads */

	if (!has_register(offset, width))
		return false;
	*value = width == 1 ? read_byte(vgic, cpu, offset) : read_word(vgic, cpu, offset);
	return true;
}

static bool vgic_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct vgic *vgic = (struct vgic *)device;
	u32 cpu = this_pcpu()->loaded->id;

	if (!has_register(offset, width))
		return false;
	if (width == 1)
		write_byte(vgic, cpu, offset, value);
	else
		write_word(vgic, cpu, offset, value);
	vgic_update(vgic);
	return true;
}

const struct device_ops vgic_ops = {
	.name = "GIC distributor",
	.read = vgic_read,
	.write = vgic_write,
};
