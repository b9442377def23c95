// SPDX-License-Identifier: MIT
/* The guest's distributor (IHI 0048B, 4.3). */
#include <arch/vgic.h>
#include <hv/pcpu.h>

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
#define GICD_ICPIDR2    0xfe8

#define CTLR_ENABLE 1
#define ICPIDR2_V2  0x20

#define PRIORITY_MASK 0xf8 /* a list register has five bits for it (5.3.10) */

#define SGIR_FILTER(value)  ((value) >> 24 & 3)
#define SGIR_TARGETS(value) ((value) >> 16 & 0xff)
#define SGIR_SGI(value)     ((value) & 0xf)
enum { FILTER_LIST, FILTER_OTHERS, FILTER_SELF };

static bool is_enabled(struct vgic *vgic, u32 cpu, u32 irq)
{
	return virq(vgic, cpu, irq)->enabled;
}

static bool is_pending(struct vgic *vgic, u32 cpu, u32 irq)
{
	return virq_pending(virq(vgic, cpu, irq));
}

static u32 read_bits(struct vgic *vgic, u32 cpu, u32 first,
		     bool (*is_set)(struct vgic *vgic, u32 cpu, u32 irq))
{
	u32 bits = 0;

	for (u32 i = 0; i < 32 && first + i < NR_IRQS; i++)
		bits |= is_set(vgic, cpu, first + i) ? 1u << i : 0;
	return bits;
}

static u32 read_bytes(struct vgic *vgic, u32 cpu, u64 offset, u32 width)
{
	u32 value = 0;

	for (u32 i = 0; i < width; i++) {
		u32 irq = (offset & 0x3ff) + i;
		struct virq *v = irq < NR_IRQS ? virq(vgic, cpu, irq) : NULL;
		u8 byte = !v			     ? 0 :
			  offset < GICD_ITARGETSR ? v->priority :
			  irq < NR_PRIVATE	     ? 1u << cpu :
						       v->targets;

		value |= (u32)byte << 8 * i;
	}
	return value;
}

static u32 read_config(struct vgic *vgic, u32 cpu, u32 first)
{
	u32 value = 0;

	for (u32 i = 0; i < 16 && first + i < NR_IRQS; i++)
		value |= first + i < NR_SGIS || virq(vgic, cpu, first + i)->edge ? 2u << 2 * i : 0;
	return value;
}

static u32 read_word(struct vgic *vgic, u32 cpu, u64 offset)
{
	u32 irq = offset % 0x80 * 8; /* that the first bit of a word is for */

	switch (offset & ~0x7ful) {
	case GICD_CTLR:
		if (offset == GICD_CTLR)
			return vgic->enabled ? CTLR_ENABLE : 0;
		if (offset == GICD_TYPER)
			return (vgic->device.vm->nr_vcpus - 1) << 5 | (NR_IRQS / 32 - 1);
		return 0;
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		return read_bits(vgic, cpu, irq, is_enabled);
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		return read_bits(vgic, cpu, irq, is_pending);
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		return read_bits(vgic, cpu, irq, vgic_is_active);
	default:
		if (offset >= GICD_IPRIORITYR && offset < GICD_ICFGR)
			return read_bytes(vgic, cpu, offset, 4);
		if (offset >= GICD_ICFGR && offset < GICD_SGIR)
			return read_config(vgic, cpu, (offset - GICD_ICFGR) * 4);
		return offset == GICD_ICPIDR2 ? ICPIDR2_V2 : 0;
	}
}

static void write_bits(struct vgic *vgic, u32 cpu, u64 offset, u32 bits)
{
	u32 first = offset % 0x80 * 8;

	for (u32 i = 0; i < 32 && first + i < NR_IRQS; i++) {
		struct virq *v = virq(vgic, cpu, first + i);

		if (!(bits >> i & 1))
			continue;
		switch (offset & ~0x7ful) {
		case GICD_ISENABLER:
			v->enabled = true;
			break;
		case GICD_ICENABLER:
			v->enabled = false;
			break;
		case GICD_ISPENDR: /* of SGIs both registers are read-only (4.3.7) */
			v->latched |= first + i >= NR_SGIS && !v->hw;
			break;
		case GICD_ICPENDR: /* the host's own stay as they are, as a line does that is high */
			v->latched &= v->hw;
			break;
		}
	}
}

static void write_bytes(struct vgic *vgic, u32 cpu, u64 offset, u32 width, u32 value)
{
	for (u32 i = 0; i < width; i++) {
		u32 irq = (offset & 0x3ff) + i;
		u8 byte = value >> 8 * i;

		if (irq >= NR_IRQS)
			return;
		if (offset < GICD_ITARGETSR)
			virq(vgic, cpu, irq)->priority = byte & PRIORITY_MASK;
		else if (irq >= NR_PRIVATE)
			virq(vgic, cpu, irq)->targets =
				byte & (BIT(vgic->device.vm->nr_vcpus) - 1);
	}
}

/* Only of shared ones; how a CPU's own behave is fixed (4.3.13). */
static void write_config(struct vgic *vgic, u32 first, u32 value)
{
	for (u32 i = 0; i < 16 && first >= NR_PRIVATE && first + i < NR_IRQS; i++)
		virq(vgic, 0, first + i)->edge = value >> (2 * i + 1) & 1;
}

static void send_sgi(struct vgic *vgic, u32 cpu, u32 value)
{
	u32 all = BIT(vgic->device.vm->nr_vcpus) - 1;
	u32 targets = SGIR_FILTER(value) == FILTER_LIST	  ? SGIR_TARGETS(value) :
		      SGIR_FILTER(value) == FILTER_OTHERS ? ~(1u << cpu) :
		      SGIR_FILTER(value) == FILTER_SELF	  ? 1u << cpu :
							    0;

	for (targets &= all; targets; targets &= targets - 1)
		virq(vgic, __builtin_ctz(targets), SGIR_SGI(value))->sources |= 1u << cpu;
}

static void write_word(struct vgic *vgic, u32 cpu, u64 offset, u32 value)
{
	if (offset == GICD_CTLR)
		vgic->enabled = value & CTLR_ENABLE;
	else if (offset >= GICD_ISENABLER && offset < GICD_IPRIORITYR)
		write_bits(vgic, cpu, offset, value);
	else if (offset >= GICD_IPRIORITYR && offset < GICD_ICFGR)
		write_bytes(vgic, cpu, offset, 4, value);
	else if (offset >= GICD_ICFGR && offset < GICD_SGIR)
		write_config(vgic, (offset - GICD_ICFGR) * 4, value);
	else if (offset == GICD_SGIR)
		send_sgi(vgic, cpu, value);
}

/* Words, but for the registers that have a byte an interrupt, which take bytes too (4.1.4). */
static bool has_register(u64 offset, u32 width)
{
	if (width == 1)
		return offset >= GICD_IPRIORITYR && offset < GICD_ICFGR;
	return width == 4 && IS_ALIGNED(offset, 4);
}

static bool vgic_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	struct vgic *vgic = (struct vgic *)device;
	u32 cpu = this_pcpu()->loaded->id; /* the one that reads */

	if (!has_register(offset, width))
		return false;
	*value = width == 1 ? read_bytes(vgic, cpu, offset, 1) : read_word(vgic, cpu, offset);
	return true;
}

static bool vgic_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct vgic *vgic = (struct vgic *)device;
	u32 cpu = this_pcpu()->loaded->id;

	if (!has_register(offset, width))
		return false;
	if (width == 1)
		write_bytes(vgic, cpu, offset, 1, value);
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
