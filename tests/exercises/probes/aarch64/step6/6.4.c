#include <hv/grade.h>

static void grade_6_4_fill(struct vgic *vgic, u32 who, u32 round)
{
	for (u32 irq = 0; irq < NR_IRQS; irq++) {
		struct virq *v = virq_touch(vgic, who, irq);
		bool often = grade_below(3);

		*v = (struct virq){ .enabled = grade_below(4), .edge = grade_below(2),
				    .level = often && grade_below(round % 3 ? 8 : 2) == 0,
				    .latched = often && grade_below(round % 3 ? 8 : 2) == 0,
				    .listed = grade_below(6) == 0, .hw = grade_below(3) == 0,
				    .targets = 1u << grade_below(2) };
		v->priority = grade_below(round % 2 ? 32 : 4) << 3;
		if (irq < NR_SGIS) {	/* pending is one by who has sent it */
			v->edge = v->level = v->latched = false;
			v->sources = grade_below(4) ? 0 : grade_below(256);
		}
	}
}

void grade_6_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vgic *vgic;
	struct vcpu *vcpus[2] = { vm_init_vcpu(vm, 0, 0) };

	if (!vm->irqchip)
		arch_irqchip_create(vm);
	vgic = (struct vgic *)vm->irqchip;
	for (u32 i = 0; i < 80; i++) {
		u32 last = NR_IRQS, who = i >= 40 && i % 4 < 2;

		if (i == 40)	/* from here on it matters whose a shared one is */
			vcpus[1] = vm_init_vcpu(vm, 0, 0);
		grade_6_4_fill(vgic, who, i);
		vgic->enabled = i % 10 != 9;
		tell("round %u, vCPU %u, %s:", i, who, vgic->enabled ? "on" : "off");
		/* Best first, until none is left: what is listed is looked at no more. */
		for (u32 n = 0; n < 8; n++) {
			u32 irq = best_irq(vgic, vcpus[who]), lr;
			struct virq *v = irq < NR_IRQS ? virq(vgic, who, irq) : NULL;

			tell("  best %u%s", irq, irq == last && v ? ", again" : "");
			last = irq;
			if (!v)
				break;
			lr = list(v, irq);
			tell("  its list register %x, listed %d, latched %d, latched before %d, "
			     "sources %x",
			     lr, v->listed, v->latched, v->relatch, v->sources);
		}
		/* What was disabled, and is no longer, must be found. */
		for (u32 irq = 0; irq < NR_IRQS; irq++) {
			virq(vgic, who, irq)->enabled = true;
			virq(vgic, who, irq)->listed = false;
		}
		tell("  with all enabled: best %u", best_irq(vgic, vcpus[who]));
	}
	vm_destroy(vm);
	grade_guest(4);
}
