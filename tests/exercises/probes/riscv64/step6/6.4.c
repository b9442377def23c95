#include <hv/grade.h>

void grade_6_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vplic *plic;

	vm_init_vcpu(vm, 0, 0);
	vm_init_vcpu(vm, 0, 0);
	plic = (struct vplic *)vm->irqchip;
	if (!plic) {
		arch_irqchip_create(vm);
		plic = (struct vplic *)vm->irqchip;
	}
	for (u32 i = 0; i < 160 + NR_SOURCES; i++) {
		u64 pending = 0;
		u32 who = i / 8 % 2;

		plic->pending = grade_random() & grade_random() & ~1ul;
		plic->claimed = grade_random() & ~plic->pending & ~1ul;
		for (u32 n = 0; n < 2; n++) {
			plic->context[n].enabled = grade_random() | grade_random();
			plic->context[n].threshold = grade_below(MAX_PRIORITY + 1);
		}
		if (i % 4 == 0)
			plic->context[who].enabled = BIT(grade_below(64)) | BIT(grade_below(64));
		for (u32 n = 0; n < NR_SOURCES; n++)
			plic->priority[n] = grade_below(i % 3 ? MAX_PRIORITY + 1 : 3);
		if (i >= 160) {		/* each alone */
			plic->pending = BIT(i - 160) & ~1ul;
			plic->claimed &= ~plic->pending;
			plic->context[who].threshold = 0;
		}
		pending = plic->pending;
		tell("context %u, pending %lx, enabled %lx, threshold %u: best %u", who,
		     plic->pending, plic->context[who].enabled, plic->context[who].threshold,
		     best_source(plic, who));
		if (i % 2)
			tell("  claim: %u, no longer pending %lx, claimed %lx", claim(plic, who),
			     pending & ~plic->pending, plic->claimed);
	}
	vm_destroy(vm);
	grade_guest(1);
}
