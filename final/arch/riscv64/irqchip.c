// SPDX-License-Identifier: MIT
/*
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0), twice: the host's, of
 * which we use the console's interrupt, and the guest's, which is emulated. There a context is a
 * hart's privilege level; a virtual hart n has, as on the host, context 2n for M-mode, which is not
 * used, and context 2n + 1 for S-mode.
 */
#include <arch/board.h>
#include <arch/csr.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/device.h>
#include <hv/host.h>
#include <hv/pcpu.h>
#include <hv/vm.h>

#define PLIC_PRIORITY       0x000000 /* + 4 * source */
#define PLIC_PENDING        0x001000
#define PLIC_ENABLE         0x002000 /* + 0x80 * context */
#define PLIC_ENABLE_SIZE    0x80
#define PLIC_CONTEXT        0x200000 /* + 0x1000 * context: threshold, then claim/complete */
#define PLIC_CONTEXT_SIZE   0x1000
#define PLIC_THRESHOLD      0x0
#define PLIC_CLAIM          0x4

#define NR_SOURCES 64 /* source 0 does not exist */
#define MAX_PRIORITY 7

/* ---- the host's ---- */

static struct vm *passed_to[NR_SOURCES]; /* whose interrupt this is, or NULL: ours */

static volatile u32 *host_register(u64 offset)
{
	return (volatile u32 *)(host.irqchip[0].base + offset);
}

static u64 host_context(void)
{
	return PLIC_CONTEXT + PLIC_CONTEXT_SIZE * (2 * this_pcpu()->hw_id + 1);
}

static void enable_source(u32 source)
{
	u64 context = 2 * this_pcpu()->hw_id + 1;
	u64 word = PLIC_ENABLE + PLIC_ENABLE_SIZE * context + source / 32 * 4;

	*host_register(PLIC_PRIORITY + 4 * source) = 1;
	*host_register(word) |= BIT(source % 32);
}

void arch_irq_init(void)
{
	enable_source(host.console_irq);
	*host_register(host_context() + PLIC_THRESHOLD) = 0;
	arch_console_enable_irq();
	csr_set(sie, BIT(IRQ_SEI));
}

void arch_irq_handle(void)
{
	u32 source;

	while ((source = *host_register(host_context() + PLIC_CLAIM))) {
		if (source < NR_SOURCES && passed_to[source]) {
			/*
			 * Not completed yet: the host's gateway stays closed until the guest
			 * completes.
			 */
			vm_irq_set(passed_to[source], source, true);
			continue;
		}
		if (source == host.console_irq)
			console_poll();
		*host_register(host_context() + PLIC_CLAIM) = source;
	}
}

/* ---- the guest's ---- */

struct vplic {
	struct device device;
	u8 priority[NR_SOURCES];
	u64 level;   /* lines that are high now */
	u64 pending; /* waiting to be claimed */
	u64 claimed; /* claimed, not completed: its gateway is closed (PLIC 1.0.0, 1) */
	struct {
		u64 enabled;
		u32 threshold;
	} context[MAX_VCPUS]; /* the S-mode ones */
};

/*
 * The source to claim next: the highest priority above the threshold, the lowest number among
 * equals.
 */
static u32 best_source(const struct vplic *plic, u32 context)
{
	u64 candidates = plic->pending & plic->context[context].enabled;
	u32 best = 0, priority = plic->context[context].threshold;

	for (u32 source = 1; source < NR_SOURCES && candidates >> source; source++) {
		if ((candidates >> source & 1) && plic->priority[source] > priority) {
			best = source;
			priority = plic->priority[source];
		}
	}
	return best;
}

/*
 * An interrupt's way in: high, and not being handled. Then tell each vCPU whether one waits for it.
 */
static void update(struct vplic *plic)
{
	struct vm *vm = plic->device.vm;

	plic->pending |= plic->level & ~plic->claimed;
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		arch_vcpu_set_irq(vm->vcpus[i], IRQ_VSEI, best_source(plic, i));
}

static u32 claim(struct vplic *plic, u32 context)
{
	u32 source = best_source(plic, context);

	plic->pending &= ~BIT(source);
	plic->claimed |= BIT(source) & ~1ul;
	return source;
}

static void complete(struct vplic *plic, u32 source)
{
	plic->claimed &= ~BIT(source);
	if (passed_to[source] != plic->device.vm)
		return;
	/* If the host's line is still high, its controller tells us again. */
	plic->level &= ~BIT(source);
	*host_register(host_context() + PLIC_CLAIM) = source;
}

/* Returns which vCPU's S-mode context the number means, or false: M-mode's, or none. */
static bool s_context(const struct vplic *plic, u64 number, u32 *context)
{
	*context = number / 2;
	return number % 2 == 1 && *context < plic->device.vm->nr_vcpus;
}

static bool vplic_read(struct device *device, u64 offset, u32 width, u64 *value)
{
	struct vplic *plic = (struct vplic *)device;
	u32 context;

	if (width != 4 || !IS_ALIGNED(offset, 4))
		return false;
	*value = 0; /* what there is nothing behind reads as zero */
	if (offset < PLIC_PRIORITY + 4 * NR_SOURCES) {
		*value = plic->priority[offset / 4];
	} else if (offset >= PLIC_PENDING && offset < PLIC_PENDING + NR_SOURCES / 8) {
		*value = (u32)(plic->pending >> 8 * (offset - PLIC_PENDING));
	} else if (offset >= PLIC_CONTEXT) {
		if (!s_context(plic, (offset - PLIC_CONTEXT) / PLIC_CONTEXT_SIZE, &context))
			return true;
		if (offset % PLIC_CONTEXT_SIZE == PLIC_THRESHOLD)
			*value = plic->context[context].threshold;
		else if (offset % PLIC_CONTEXT_SIZE == PLIC_CLAIM)
			*value = claim(plic, context);
		update(plic);
	} else if (offset >= PLIC_ENABLE) {
		u64 word = (offset - PLIC_ENABLE) % PLIC_ENABLE_SIZE;

		if (s_context(plic, (offset - PLIC_ENABLE) / PLIC_ENABLE_SIZE, &context) &&
		    word < NR_SOURCES / 8)
			*value = (u32)(plic->context[context].enabled >> 8 * word);
	}
	return true;
}

static bool vplic_write(struct device *device, u64 offset, u32 width, u64 value)
{
	struct vplic *plic = (struct vplic *)device;
	u32 context;

	if (width != 4 || !IS_ALIGNED(offset, 4))
		return false;
	if (offset < PLIC_PRIORITY + 4 * NR_SOURCES) {
		plic->priority[offset / 4] = value & MAX_PRIORITY;
	} else if (offset >= PLIC_CONTEXT) {
		if (!s_context(plic, (offset - PLIC_CONTEXT) / PLIC_CONTEXT_SIZE, &context))
			return true;
		if (offset % PLIC_CONTEXT_SIZE == PLIC_THRESHOLD)
			plic->context[context].threshold = value & MAX_PRIORITY;
		else if (offset % PLIC_CONTEXT_SIZE == PLIC_CLAIM && value < NR_SOURCES)
			complete(plic, value);
	} else if (offset >= PLIC_ENABLE) {
		u64 shift = 8 * ((offset - PLIC_ENABLE) % PLIC_ENABLE_SIZE);

		if (!s_context(plic, (offset - PLIC_ENABLE) / PLIC_ENABLE_SIZE, &context) ||
		    shift >= NR_SOURCES)
			return true;
		plic->context[context].enabled &= ~(0xfffffffful << shift);
		plic->context[context].enabled |= value << shift & ~1ul;
	}
	update(plic);
	return true;
}

static const struct device_ops vplic_ops = {
	.name = "PLIC",
	.read = vplic_read,
	.write = vplic_write,
};

bool arch_irqchip_create(struct vm *vm)
{
	vm->irqchip =
		device_create(vm, &vplic_ops, sizeof(struct vplic), BOARD_PLIC, BOARD_PLIC_SIZE, 0);
	return vm->irqchip;
}

void arch_irq_pass_through(struct vm *vm, u32 irq)
{
	if (!irq || irq >= NR_SOURCES)
		return;
	passed_to[irq] = vm;
	enable_source(irq);
}

void vm_irq_set(struct vm *vm, u32 line, bool level)
{
	struct vplic *plic = (struct vplic *)vm->irqchip;
	u64 bit = BIT(line % NR_SOURCES);

	if (!(plic->level & bit) == !level)
		return;
	plic->level ^= bit;
	/*
	 * A line that falls before it was claimed is no interrupt any more, as on QEMU's PLIC. (The
	 * specification's gateway would keep the request, and the guest find nothing to do.)
	 */
	if (!level)
		plic->pending &= ~bit;
	update(plic);
}
