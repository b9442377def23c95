// SPDX-License-Identifier: MIT
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/pcpu.h>
#include <hv/printf.h>
#include <hv/vcpu.h>
#include <hv/vm.h>

#define VCPU_FRAMES (ALIGN_UP(sizeof(struct vcpu), FRAME_SIZE_BYTES) / FRAME_SIZE_BYTES)

struct vcpu *vcpu_create(struct vm *vm, u32 id)
{
	hpa_t frame = frame_alloc_contig(VCPU_FRAMES, FRAME_SIZE_BYTES);
	struct vcpu *vcpu = phys_to_virt(frame);

	if (!frame)
		return NULL;
	vcpu->vm = vm;
	vcpu->id = id;
	arch_vcpu_reset(vcpu, 0, 0);
	return vcpu;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (this_pcpu()->loaded == vcpu)
		vcpu_put();
	frame_free_contig(virt_to_phys(vcpu), VCPU_FRAMES);
}

void vcpu_load(struct vcpu *vcpu)
{
	if (this_pcpu()->loaded == vcpu)
		return;
	vcpu_put();
	arch_vcpu_load(vcpu);
	this_pcpu()->loaded = vcpu;
}

void vcpu_put(void)
{
	struct vcpu *vcpu = this_pcpu()->loaded;

	if (!vcpu)
		return;
	arch_vcpu_put(vcpu);
	this_pcpu()->loaded = NULL;
}

void vcpu_dump(struct vcpu *vcpu)
{
	/* What the CPU holds is newer than what memory holds. */
	if (this_pcpu()->loaded == vcpu)
		vcpu_put();
	printf("ladder: vm %s, vcpu %u:\n", vcpu->vm->name, vcpu->id);
	arch_vcpu_dump(vcpu);
}
