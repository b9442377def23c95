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
	OFFSET(FRAME_SEPC, trap_frame, sepc);
	OFFSET(FRAME_SSTATUS, trap_frame, sstatus);
	SIZE(FRAME_SIZE, trap_frame);
	OFFSET(VCPU_GPR, vcpu, arch.gpr);
	OFFSET(VCPU_SEPC, vcpu, arch.sepc);
	OFFSET(VCPU_SSTATUS, vcpu, arch.sstatus);
	OFFSET(VCPU_HOST_RA, vcpu, arch.host_ra);
	OFFSET(VCPU_HOST_SP, vcpu, arch.host_sp);
	OFFSET(VCPU_HOST_TP, vcpu, arch.host_tp);
}
