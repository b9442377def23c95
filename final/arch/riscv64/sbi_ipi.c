// SPDX-License-Identifier: MIT
/* Inter-processor interrupts (SBI 2.0, 7). */
#include <arch/csr.h>
#include <arch/sbi.h>
#include <hv/arch.h>
#include <hv/vm.h>

enum { SEND_IPI };

bool sbi_hart_selected(const struct vcpu *vcpu, u64 mask, u64 base)
{
	if (base == ~0ul)
		return true;
	return vcpu->id >= base && vcpu->id - base < 64 && (mask >> (vcpu->id - base) & 1);
}

bool sbi_mask_is_valid(const struct vm *vm, u64 mask, u64 base)
{
	return base == ~0ul || !mask ||
	       (base < vm->nr_vcpus &&
		(64 - base > vm->nr_vcpus || !(mask >> (vm->nr_vcpus - base))));
}

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	struct vm *vm = vcpu->vm;

	if (function != SEND_IPI)
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	if (!sbi_mask_is_valid(vm, args[0], args[1]))
		return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		if (sbi_hart_selected(vm->vcpus[i], args[0], args[1]))
			arch_vcpu_set_irq(vm->vcpus[i], IRQ_VSSI, true);
	return (struct sbi_ret){ SBI_SUCCESS, 0 };
}

const struct sbi_extension sbi_ipi = { SBI_EXT_IPI, SBI_EXT_IPI, call };
