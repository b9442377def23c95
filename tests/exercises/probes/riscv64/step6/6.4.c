#include <hv/grade.h>

void grade_6_4(void)
{
	struct vm *vm = vm_create("probe");
	struct vplic *plic;

	vm_init_vcpu(vm, 0, 0);
	plic = (struct vplic *)vm->irqchip;
	if (!plic) {
		arch_irqchip_create(vm);
		plic = (struct vplic *)vm->irqchip;
	}
	for (u32 i = 0; i < 160; i++) {
		u64 pending = 0;

		plic->pending = grade_random() & grade_random() & ~1ul;
		plic->claimed = grade_random() & ~plic->pending & ~1ul;
		plic->context[0].enabled = grade_random() | grade_random();
		plic->context[0].threshold = grade_below(MAX_PRIORITY + 1);
		if (i % 4 == 0)
			plic->context[0].enabled = BIT(grade_below(64)) | BIT(grade_below(64));
		for (u32 n = 0; n < NR_SOURCES; n++)
			plic->priority[n] = grade_below(i % 3 ? MAX_PRIORITY + 1 : 3);
		pending = plic->pending;
		tell("pending %lx, enabled %lx, threshold %u: best %u", plic->pending,
		     plic->context[0].enabled, plic->context[0].threshold, best_source(plic, 0));
		if (i % 2)
			tell("  claim: %u, no longer pending %lx, claimed %lx", claim(plic, 0),
			     pending & ~plic->pending, plic->claimed);
	}
	vm_destroy(vm);
	grade_guest(1);
}
