// SPDX-License-Identifier: MIT
/* Never linked: compiled to assembly, from which the build takes each "->NAME value". */
#include <arch/traps.h>
#include <hv/vcpu.h>

#define OFFSET(name, type, member) \
	__asm__ volatile(".ascii \"->" #name " %0\"" ::"i"(offsetof(struct type, member)))
#define SIZE(name, type) __asm__ volatile(".ascii \"->" #name " %0\"" ::"i"(sizeof(struct type)))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(FRAME_GPR, trap_frame, gpr);
	OFFSET(FRAME_SP, trap_frame, sp);
	SIZE(FRAME_SIZE, trap_frame);
	OFFSET(VCPU_GPR, vcpu, arch.gpr);
	OFFSET(VCPU_ELR, vcpu, arch.elr);
	OFFSET(VCPU_SPSR, vcpu, arch.spsr);
}
