// SPDX-License-Identifier: MIT
/*
 * The interrupt controller, GICv2 (IHI 0048B), twice: the host's, of which we use the console's
 * interrupt and the timers', and the guest's, whose distributor vgic.c emulates. What is pending
 * there goes into list registers; from these the guest's CPU interface, which is hardware, takes
 * it.
 */
#include <arch/board.h>
#include <arch/sysreg.h>
#include <arch/vgic.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/pcpu.h>

#define REG8(address)  (*(volatile u8 *)(address))
#define REG32(address) (*(volatile u32 *)(address))
#define GICD(offset)   REG32(BOARD_GICD + (offset))
#define GICC(offset)   REG32(BOARD_GICC + (offset))
#define GICH(offset)   REG32(BOARD_GICH + (offset))

/* ---- the host's ---- */

#define GICC_CTLR 0x0000
#define GICC_PMR  0x0004
#define GICC_IAR  0x000c
#define GICC_EOIR 0x0010
#define GICC_DIR  0x1000

#define CTLR_EOIMODE BIT(9) /* EOIR only drops the priority; DIR, or a guest, ends it (3.2.1) */

#define PRIORITY_LOWEST 0xff
#define PRIORITY_OURS   0xa0
#define IRQ_MASK        0x3ff
#define IRQ_NONE        1020 /* and above: nothing is pending (3.2.5) */

static void enable_irq(u32 irq)
{
	REG8(BOARD_GICD + GICD_IPRIORITYR + irq) = PRIORITY_OURS;
	if (irq >= NR_PRIVATE)
		REG8(BOARD_GICD + GICD_ITARGETSR + irq) = 1; /* this CPU */
	GICD(GICD_ISENABLER + irq / 32 * 4) = BIT(irq % 32);
}

void arch_irq_init(void)
{
	enable_irq(IRQ_CNTHP);
	enable_irq(IRQ_CNTV);
	enable_irq(IRQ_CNTP);
	enable_irq(BOARD_GIC_MAINTENANCE_IRQ);
	enable_irq(BOARD_UART0_IRQ);
	GICD(GICD_CTLR) = CTLR_ENABLE;
	GICC(GICC_PMR) = PRIORITY_LOWEST;
	GICC(GICC_CTLR) = CTLR_ENABLE | CTLR_EOIMODE;
	arch_console_enable_irq();
}

/*
 * Returns whether it has ended; else a guest has it, and it does not come again until that ends it.
 */
static bool handle(u32 irq)
{
	struct vcpu *vcpu = this_pcpu()->loaded;
	bool for_guest = vcpu && vcpu->vm->irqchip;

	if (irq == IRQ_CNTHP)
		arch_timer_fired(vcpu);
	else if (irq == BOARD_UART0_IRQ)
		console_poll();
	else if (irq == BOARD_GIC_MAINTENANCE_IRQ && for_guest)
		vgic_update((struct vgic *)vcpu->vm->irqchip);
	if ((irq != IRQ_CNTV && irq != IRQ_CNTP) || !for_guest)
		return true;
	arch_vcpu_set_irq(vcpu, irq, true);
	return false;
}

void arch_irq_handle(void)
{
	u32 iar, irq;

	while ((irq = (iar = GICC(GICC_IAR)) & IRQ_MASK) < IRQ_NONE) {
		bool ended = handle(irq);

		GICC(GICC_EOIR) = iar;
		if (ended)
			GICC(GICC_DIR) = iar;
	}
}

/* ---- the guest's: list registers (5.3) ---- */

#define GICH_HCR  0x000
#define GICH_VMCR 0x008
#define GICH_APR  0x0f0
#define GICH_LR   0x100 /* + 4 * index */

#define HCR_ENABLE    BIT(0)
#define HCR_UNDERFLOW BIT(1) /* interrupt us when at most one list register is in use */

#define LR_STATE        (LR_PENDING | LR_ACTIVE)
#define LR_PRIORITY(p)  ((u32)(p) >> 3 << 23)
#define LR_EOI          BIT(19) /* interrupt us when the guest ends it */
#define LR_SOURCE(cpu)  ((u32)(cpu) << 10) /* an SGI's */
#define LR_SOURCE_OF(r) ((r) >> 10 & 7)
#define LR_IRQ(r)       ((r) & IRQ_MASK)

/* A vCPU's list registers are in the CPU while it is loaded, and in memory while it is not. */
static u32 read_lr(const struct vcpu *vcpu, u32 i)
{
	return this_pcpu()->loaded == vcpu ? GICH(GICH_LR + 4 * i) : vcpu->arch.gic.lr[i];
}

static void write_lr(struct vcpu *vcpu, u32 i, u32 value)
{
	if (this_pcpu()->loaded == vcpu)
		GICH(GICH_LR + 4 * i) = value;
	else
		vcpu->arch.gic.lr[i] = value;
}

/*
 * Takes back what the guest has ended, and what it has not acknowledged yet: that may have changed,
 * or must make room for what is more urgent. Register i is free then, and true is returned.
 */
static bool unlist(struct vgic *vgic, struct vcpu *vcpu, u32 i)
{
	u32 lr = read_lr(vcpu, i);
	struct virq *v;

	if (!lr)
		return true;
	v = virq_touch(vgic, vcpu->id, LR_IRQ(lr));
	if (lr & LR_ACTIVE) {
		/* It came again meanwhile: be told of its end. */
		if (virq_pending(v))
			write_lr(vcpu, i, lr | LR_EOI);
		return false;
	}
	v->listed = false;
	if (!(lr & LR_STATE)) {
		/*
		 * Ended, and with it the host's: if its line is still high, it comes anew. A list
		 * register can end the host's by itself (HW, 5.3.10), but QEMU 7.2 does not look
		 * at the line then.
		 */
		if (v->hw)
			GICC(GICC_DIR) = LR_IRQ(lr);
	} else if (LR_IRQ(lr) < NR_SGIS) {
		v->sources |= 1u << LR_SOURCE_OF(lr);
	} else {
		v->latched |= v->relatch;
	}
	write_lr(vcpu, i, 0);
	return true;
}

/* The next for this vCPU: the highest priority, the lowest number among equals; NR_IRQS: none. */
static u32 best_irq(struct vgic *vgic, const struct vcpu *vcpu)
{
	u32 best = NR_IRQS;

	for (u32 word = 0; word < 2 && vgic->enabled; word++) {
		for (u64 left = vgic->look_at[vcpu->id][word]; left; left &= left - 1) {
			u32 irq = 64 * word + __builtin_ctzl(left);
			const struct virq *v = virq(vgic, vcpu->id, irq);

			if (!virq_pending(v))
				vgic->look_at[vcpu->id][word] &= ~BIT(irq % 64);
			else if (v->enabled && !v->listed &&
				 virq_targets(vgic, v, irq, vcpu->id) &&
				 (best == NR_IRQS ||
				  v->priority < virq(vgic, vcpu->id, best)->priority))
				best = irq;
		}
	}
	return best;
}

static u32 list(struct virq *v, u32 irq)
{
	u32 lr = LR_PENDING | LR_PRIORITY(v->priority) | irq;

	v->listed = true;
	v->relatch = v->latched;
	v->latched = false;
	if (irq < NR_SGIS) {
		u32 source = __builtin_ctz(v->sources);

		v->sources &= v->sources - 1;
		return lr | LR_SOURCE(source) | (v->sources ? LR_EOI : 0);
	}
	/* A line that is still high when the guest has ended the interrupt makes a new one. */
	return lr | (v->edge && !v->hw ? 0 : LR_EOI);
}

static void fill(struct vgic *vgic, struct vcpu *vcpu)
{
	bool free[NR_LIST_REGISTERS];
	u32 irq = 0;

	for (u32 i = 0; i < NR_LIST_REGISTERS; i++)
		free[i] = unlist(vgic, vcpu, i);
	for (u32 i = 0; i < NR_LIST_REGISTERS && irq < NR_IRQS; i++) {
		if (!free[i])
			continue;
		irq = best_irq(vgic, vcpu);
		if (irq < NR_IRQS)
			write_lr(vcpu, i, list(virq(vgic, vcpu->id, irq), irq));
	}
	vcpu->arch.gic.hcr = HCR_ENABLE;
	/* More wait than have room. */
	if (irq < NR_IRQS && best_irq(vgic, vcpu) < NR_IRQS)
		vcpu->arch.gic.hcr |= HCR_UNDERFLOW;
	if (this_pcpu()->loaded == vcpu)
		GICH(GICH_HCR) = vcpu->arch.gic.hcr;
}

void vgic_update(struct vgic *vgic)
{
	for (u32 i = 0; i < vgic->device.vm->nr_vcpus; i++)
		fill(vgic, vgic->device.vm->vcpus[i]);
}

u32 vgic_listed_state(struct vgic *vgic, u32 cpu, u32 irq)
{
	struct vcpu *vcpu = vgic->device.vm->vcpus[cpu];

	for (u32 i = 0; i < NR_LIST_REGISTERS; i++)
		if (LR_IRQ(read_lr(vcpu, i)) == irq)
			return read_lr(vcpu, i) & LR_STATE;
	return 0;
}

/*
 * The timers' interrupts are the CPU's own, so whose they are changes with the vCPU: those that it
 * was given and has not ended are active while it is loaded, and not while another is.
 */
static void set_timers_active(const struct vcpu *vcpu, u64 offset)
{
	struct vgic *vgic = (struct vgic *)vcpu->vm->irqchip;

	GICD(offset) = (virq_is_given(virq(vgic, vcpu->id, IRQ_CNTV)) ? 1u << IRQ_CNTV : 0) |
			(virq_is_given(virq(vgic, vcpu->id, IRQ_CNTP)) ? 1u << IRQ_CNTP : 0);
}

void vgic_load(struct vcpu *vcpu)
{
	for (u32 i = 0; i < NR_LIST_REGISTERS; i++)
		GICH(GICH_LR + 4 * i) = vcpu->arch.gic.lr[i];
	GICH(GICH_APR) = vcpu->arch.gic.apr;
	GICH(GICH_VMCR) = vcpu->arch.gic.vmcr;
	GICH(GICH_HCR) = vcpu->arch.gic.hcr;
	if (vcpu->vm->irqchip)
		set_timers_active(vcpu, GICD_ISACTIVER);
}

void vgic_put(struct vcpu *vcpu)
{
	if (vcpu->vm->irqchip) {
		fill((struct vgic *)vcpu->vm->irqchip, vcpu);
		set_timers_active(vcpu, GICD_ICACTIVER);
	}
	for (u32 i = 0; i < NR_LIST_REGISTERS; i++)
		vcpu->arch.gic.lr[i] = GICH(GICH_LR + 4 * i);
	vcpu->arch.gic.apr = GICH(GICH_APR);
	vcpu->arch.gic.vmcr = GICH(GICH_VMCR);
	GICH(GICH_HCR) = 0;
}

bool arch_irqchip_create(struct vm *vm)
{
	struct vgic *vgic =
		device_create(vm, &vgic_ops, sizeof(struct vgic), BOARD_GICD, BOARD_GICD_SIZE, 0);

	vm->irqchip = (struct device *)vgic;
	if (!vgic)
		return false;
	for (u32 i = 0; i < MAX_VCPUS; i++) {
		for (u32 sgi = 0; sgi < NR_SGIS; sgi++)
			vgic->private[i][sgi].enabled = true; /* as on many, and allowed (4.3.5) */
		vgic->private[i][IRQ_CNTV].hw = true;
		vgic->private[i][IRQ_CNTP].hw = true;
	}
	return vm_map_linear(vm, BOARD_GICC, BOARD_GICV, BOARD_GICC_SIZE,
			     NPT_READ | NPT_WRITE | NPT_DEVICE);
}

void vm_irq_set(struct vm *vm, u32 line, bool level)
{
	struct vgic *vgic = (struct vgic *)vm->irqchip;
	struct virq *v = line >= NR_PRIVATE && line < NR_IRQS ? virq_touch(vgic, 0, line) : NULL;

	if (!v || v->level == level)
		return;
	v->level = level;
	v->latched |= v->edge && level;
	vgic_update(vgic);
}

void arch_vcpu_set_irq(struct vcpu *vcpu, u32 irq, bool level)
{
	struct vgic *vgic = (struct vgic *)vcpu->vm->irqchip;
	struct virq *v = virq_touch(vgic, vcpu->id, irq);

	if (v->hw)
		v->latched |= level;
	else
		v->level = level;
	fill(vgic, vcpu);
}

bool arch_vcpu_irq_pending(const struct vcpu *vcpu)
{
	for (u32 i = 0; i < NR_LIST_REGISTERS; i++)
		if (read_lr(vcpu, i) & LR_PENDING)
			return true;
	return arch_time() >= arch_vcpu_deadline(vcpu);
}
